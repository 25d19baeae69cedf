import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import type { SuarRecord } from '#shared/schema/record.ts';
import { createHybridClock } from '#shared/base/time.ts';
import { createIdentity, type Identity } from '../../../src-main/keys/identity.ts';
import { createLink, type Link } from '../../../src-main/link/link.ts';
import { openDatabase } from '../../../src-renderer/db/open-database.ts';
import { createIpcLink } from '../../../src-renderer/sync/ipc-link.ts';
import { createSync, type SyncState } from '../../../src-renderer/sync/replication.ts';

/** A device without a window: the app's link (keys, sealing, mutual TLS), replication and schemas over RxDB's memory storage. */
export interface HubDevice {
  readonly id: string;
  readonly link: Link;
  readonly insert: (records: SuarRecord[]) => Promise<void>;
  /** Runs replication until nothing waits and the store holds `count` records; answers the milliseconds it took. */
  readonly syncUntil: (count: number) => Promise<number>;
  /** Push and pull requests sent. */
  readonly requests: () => number;
  /** Asks the hub for news, as an event of its stream does in the app. */
  readonly wake: () => void;
  readonly close: () => Promise<void>;
}

const GIVE_UP_MS = 300_000;
const POLL_MS = 5;

/** Waits until `is` holds. Throws after five minutes. */
async function until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + GIVE_UP_MS; !(await is()); await new Promise((resolve) => setTimeout(resolve, POLL_MS))) {
    if (Date.now() > end) throw new Error(`gave up waiting for ${what}`);
  }
}

/** Enrols a device with a one-time code; `admittedBy` lets it into a unit that has a device. */
export async function openHubDevice(code: string, admittedBy?: HubDevice): Promise<HubDevice> {
  const folder = mkdtempSync(path.join(tmpdir(), 'suar-device-'));
  let identity: Identity = createIdentity('Invented officer');
  const link = createLink({ folder, dataKey: randomBytes(32), holder: { current: () => identity, save: (next) => (identity = next) }, onStatus: () => undefined, onWake: () => undefined });
  const enrolled = await link.enrol(code);
  if (!enrolled.ok) throw new Error(`enrolment: ${enrolled.error.code}`);
  await until('the line', () => link.status().state === 'online');
  if (admittedBy) {
    await admittedBy.link.directory();
    const admitted = await admittedBy.link.admit(identity.deviceId, link.status().admissionCode);
    if (!admitted.ok) throw new Error(`admission: ${admitted.error.code}`);
  }
  await until('admission', async () => {
    await link.directory();
    return link.status().admitted;
  });

  const hlc = createHybridClock(Date.now);
  const deps = { hlc, clock: Date.now, random: (length: number) => new Uint8Array(randomBytes(length)), author: identity.deviceId };
  const sync = createSync(deps);
  const db = await openDatabase({ name: `device-${identity.deviceId}`, storage: getRxStorageMemory(), conflictHandler: sync.conflictHandler });
  let requests = 0;
  const counted =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      requests++;
      return call(...args);
    };
  const replication = sync.attach(db, createIpcLink({ push: counted(link.push), purged: () => Promise.resolve({ ok: true, value: [] }), pull: counted(link.pull) }), { retryMs: 200 });
  let state: SyncState | undefined;
  const following = replication.state$.subscribe((next) => (state = next));
  return {
    id: identity.deviceId,
    link,
    insert: async (records) => {
      const { error } = await db.collections.record.bulkInsert(records);
      if (error.length > 0) throw new Error(`${error.length} records were not stored`);
    },
    syncUntil: async (count) => {
      const start = performance.now();
      await replication.start();
      await until(`${count} records`, async () => {
        await replication.settled();
        return state?.state === 'idle' && state.pending === 0 && (await db.collections.record.count().exec()) === count;
      });
      return performance.now() - start;
    },
    requests: () => requests,
    wake: replication.wake,
    close: async () => {
      following.unsubscribe();
      await replication.stop();
      link.close();
      await db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
