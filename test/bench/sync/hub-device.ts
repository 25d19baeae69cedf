import { randomBytes } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
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
import { createSync } from '../../../src-renderer/sync/replication.ts';
import type { SyncState } from '../../../src-renderer/sync/sync-state.ts';

/** A device without a window: the app's link (keys, sealing, mutual TLS), replication and schemas over RxDB's memory storage. */
export interface HubDevice {
  readonly id: string;
  readonly link: Link;
  readonly insert: (records: SuarRecord[]) => Promise<void>;
  /** Runs replication until nothing waits and the store holds `count` records; answers the milliseconds it took. Throws after `patienceMs`. */
  readonly syncUntil: (count: number, patienceMs?: number) => Promise<number>;
  /** Runs replication until the hub has every record of this device; answers the milliseconds until its last push was answered. */
  readonly pushAll: () => Promise<number>;
  /** Changes one field of a record. */
  readonly retitle: (id: string, title: string) => Promise<void>;
  /** Resolves with the time the store holds the record, in milliseconds of `performance.now()`. */
  readonly holds: (id: string) => Promise<number>;
  /** Asks the hub for news, as an event of its stream does in the app. */
  readonly wake: () => void;
  readonly close: () => Promise<void>;
}

let requests = 0;
diagnostics.subscribe('http2.client.stream.created', () => requests++);

/** HTTP/2 requests of every kind that devices of this process have sent so far. */
export function requestsSent(): number {
  return requests;
}

const GIVE_UP_MS = 300_000;
const POLL_MS = 5;
/** An exchange of keys over the slowest line is over after this. */
const ADMITTED_MS = 3000;

/** Waits until `is` holds. Throws after `patienceMs`. */
async function until(what: string, is: () => boolean | Promise<boolean>, patienceMs = GIVE_UP_MS): Promise<void> {
  for (const end = Date.now() + patienceMs; !(await is()); await new Promise((resolve) => setTimeout(resolve, POLL_MS))) {
    if (Date.now() > end) throw new Error(`gave up waiting for ${what}`);
  }
}

/** Enrols a device with a one-time code; `admittedBy` lets it into a unit that has a device. */
export async function openHubDevice(code: string, admittedBy?: HubDevice): Promise<HubDevice> {
  const folder = mkdtempSync(path.join(tmpdir(), 'suar-device-'));
  let identity: Identity = createIdentity('Invented officer');
  let wake = (): void => undefined;
  const link = createLink({ folder, dataKey: randomBytes(32), holder: { current: () => identity, save: (next) => (identity = next) }, onStatus: () => undefined, onWake: () => wake() });
  const enrolled = await link.enrol(code);
  if (!enrolled.ok) throw new Error(`enrolment: ${enrolled.error.code}`);
  await until('the line', () => link.status().state === 'online');
  if (admittedBy) {
    const admitted = await admittedBy.link.admit(identity.deviceId, link.status().admissionCode);
    if (!admitted.ok) throw new Error(`admission: ${admitted.error.code}`);
  }
  await until('admission', () => link.status().admitted);
  // its proof and its keys follow the admission: a pull beside them is not what is measured
  await new Promise((resolve) => setTimeout(resolve, ADMITTED_MS));

  const hlc = createHybridClock(Date.now);
  const deps = { hlc, clock: Date.now, random: (length: number) => new Uint8Array(randomBytes(length)), author: identity.deviceId };
  const sync = createSync(deps);
  const db = await openDatabase({ name: `device-${identity.deviceId}`, storage: getRxStorageMemory(), conflictHandler: sync.conflictHandler });
  let pushedAt = 0;
  const push: typeof link.push = async (request) => {
    const answer = await link.push(request);
    pushedAt = performance.now();
    return answer;
  };
  const replication = sync.attach(db, createIpcLink({ push, purged: () => Promise.resolve({ ok: true, value: [] }), pull: link.pull }), { retryMs: 200 });
  wake = replication.wake;
  let state: SyncState | undefined;
  const following = replication.state$.subscribe((next) => (state = next));
  return {
    id: identity.deviceId,
    link,
    insert: async (records) => {
      const { error } = await db.collections.record.bulkInsert(records);
      if (error.length > 0) throw new Error(`${error.length} records were not stored`);
    },
    syncUntil: async (count, patienceMs) => {
      const start = performance.now();
      await replication.start();
      const isThere = async (): Promise<boolean> => {
        await replication.settled();
        return state?.state === 'idle' && state.pending === 0 && (await db.collections.record.count().exec()) === count;
      };
      await until(`${count} records`, isThere, patienceMs);
      return performance.now() - start;
    },
    pushAll: async () => {
      const start = performance.now();
      await replication.start();
      await until('an empty outbox', () => state?.pending === 0 && state.lastSuccess !== null);
      return pushedAt - start;
    },
    retitle: async (id, title) => {
      const doc = await db.collections.record.findOne(id).exec();
      await doc?.incrementalModify((record) => ({ ...record, rev: randomBytes(12).toString('hex'), updatedAt: hlc.now(), body: { ...record.body, title } }));
    },
    holds: async (id) => {
      await until(id, async () => (await db.collections.record.findOne(id).exec()) !== null);
      return performance.now();
    },
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
