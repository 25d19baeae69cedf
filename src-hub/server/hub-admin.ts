import { randomBytes } from 'node:crypto';
import { formatEnrolmentCode, toBase32 } from '#shared/contract/wire.ts';
import {
  addTaskforce,
  addUnit,
  leaveTaskforce,
  listDevices,
  listUnits,
  readStatus,
  renewEpoch,
  revokeDevice,
  setAddresses,
  storeCode,
  type DeviceLine,
  type NewTaskforce,
  type NewUnit,
} from '../access/admin.ts';
import { setContentLimits, type ContentLimits } from '../access/content-admin.ts';
import { readRegion, seedRegion } from '../access/region.ts';
import { answerBundle, type BundleReading } from '../bundle/answer-bundle.ts';
import { deliverBundle, type BundleDelivery } from '../bundle/deliver-bundle.ts';
import type { Database } from '../db/database.ts';
import { writeBackup } from '../backup/write-backup.ts';
import type { BackupCounts } from '../backup/tables.ts';
import type { RevocationList } from '../identity/revocation-list.ts';
import type { DeviceCa } from '../identity/ca.ts';

/** What an administrator of the hub can do; the same object in process, over the admin socket and in the command line. */
export interface HubAdmin {
  readonly addUnit: (unit: NewUnit) => Promise<void>;
  readonly listUnits: () => Promise<readonly (NewUnit & { readonly devices: number })[]>;
  readonly addTaskforce: (taskforce: NewTaskforce) => Promise<void>;
  readonly leaveTaskforce: (taskforce: string, unit: string) => Promise<void>;
  /** A new enrolment code as the officer types it. */
  readonly createCode: (unit: string, role: string, host?: string, port?: number) => Promise<string>;
  readonly listDevices: () => Promise<readonly DeviceLine[]>;
  readonly revokeDevice: (device: string) => Promise<void>;
  readonly status: () => Promise<Readonly<Record<string, string | number>>>;
  /** Adds what is missing of a region: `{units, taskforces}` (resources/region). */
  readonly seedRegion: (region: unknown) => Promise<void>;
  /** After a restore: every device starts from the beginning. */
  readonly renewEpoch: () => Promise<void>;
  /** Reads a bundle of a device and writes the answer beside it; see bundle/answer-bundle.ts. Paths are absolute. */
  readonly answerBundle: (file: string, answerFile: string) => Promise<BundleReading>;
  /** Writes everything a unit may read into a file for its devices; see bundle/deliver-bundle.ts. The path is absolute. */
  readonly deliverBundle: (unit: string, file: string) => Promise<BundleDelivery>;
  /** Writes a backup to a file of the machine the hub runs on; answers the rows of each table. */
  readonly backup: (path: string) => Promise<BackupCounts>;
  /** `host:port` of every hub over this database. */
  readonly setAddresses: (addresses: readonly string[]) => Promise<void>;
  /** How much content of exhibits a unit may keep here and for how long; answers the limits and what is kept. */
  readonly contentLimits: (change: { readonly quotaBytes?: number; readonly days?: number }) => Promise<ContentLimits>;
}

/** Names of {@link HubAdmin}'s methods, for the socket. */
export const ADMIN_METHODS = [
  'addUnit',
  'listUnits',
  'addTaskforce',
  'leaveTaskforce',
  'createCode',
  'listDevices',
  'revokeDevice',
  'status',
  'seedRegion',
  'renewEpoch',
  'answerBundle',
  'deliverBundle',
  'setAddresses',
  'contentLimits',
  'backup',
] as const satisfies readonly (keyof HubAdmin)[];

/** Administration over an open database; `address` is what codes name by default. */
export function createAdmin(db: Database, ca: DeviceCa, revocations: RevocationList, address: () => { readonly host: string; readonly port: number }): HubAdmin {
  return {
    addUnit: (unit) => addUnit(db, unit),
    listUnits: () => listUnits(db),
    addTaskforce: (taskforce) => addTaskforce(db, taskforce),
    leaveTaskforce: (taskforce, unit) => leaveTaskforce(db, taskforce, unit),
    createCode: async (unit, role, host, port) => {
      const secret = new Uint8Array(randomBytes(10));
      await storeCode(db, unit, role, toBase32(secret));
      return formatEnrolmentCode(host ?? address().host, port ?? address().port, secret, ca.pin);
    },
    listDevices: () => listDevices(db),
    revokeDevice: async (device) => {
      await revokeDevice(db, device);
      revocations.add(device);
    },
    backup: (path) => writeBackup(db, path, Date.now()),
    status: () => readStatus(db),
    seedRegion: (region) => seedRegion(db, readRegion(region)),
    renewEpoch: () => renewEpoch(db),
    answerBundle: (file, answerFile) => answerBundle({ db, ca, now: Date.now }, file, answerFile),
    deliverBundle: (unit, file) => deliverBundle({ db, ca, now: Date.now }, unit, file),
    setAddresses: (addresses) => setAddresses(db, addresses),
    contentLimits: (change) => setContentLimits(db, change),
  };
}
