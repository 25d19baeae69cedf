import type { RxConflictHandler, RxStorage } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import type { Subscription } from 'rxjs';
import type { CaseBody } from '#shared/schema/case.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { openDatabase, type SuarDatabase } from '../../src-renderer/db/open-database.ts';
import type { WriteDeps } from '../../src-renderer/db/record-factory.ts';
import { createRepository, type Repository } from '../../src-renderer/db/repository.ts';
import type { SyncLink } from '../../src-renderer/sync/link.ts';
import { createSync, type Replication } from '../../src-renderer/sync/replication.ts';
import type { SyncState } from '../../src-renderer/sync/sync-state.ts';
import type { SetAsideEdit } from '../../src-renderer/sync/set-aside.ts';
import { createFaultyLine, type FaultyLine } from './faulty-link.ts';
import type { HubStandIn } from './hub-stand-in.ts';
import { createSeededNumbers, createWriteDeps } from './seeded.ts';
import { storeName } from './stores.ts';

/** Bends a device on purpose, to prove that the checker sees it. */
export interface DeviceFlaws {
  readonly link?: (link: SyncLink) => SyncLink;
  readonly conflictHandler?: (handler: RxConflictHandler<SuarRecord>) => RxConflictHandler<SuarRecord>;
  readonly deps?: (deps: WriteDeps) => WriteDeps;
  /** It keeps no version that another one replaces. */
  readonly forgetsVersions?: boolean;
}

/** One device of a simulation: real store and replication, a line to the stand-in hub. */
export interface SimulatedDevice {
  readonly n: number;
  readonly db: SuarDatabase;
  readonly cases: Repository<CaseBody>;
  readonly line: FaultyLine;
  readonly sync: Replication;
  readonly deps: WriteDeps;
  readonly state: () => SyncState;
  readonly records: () => Promise<SuarRecord[]>;
  readonly setAside: () => Promise<SetAsideEdit[]>;
  /** The versions of all records that others have replaced. */
  readonly versions: () => Promise<unknown[]>;
  readonly close: () => Promise<void>;
}

/** Opens a device and starts its sync. */
export async function openDevice(
  hub: HubStandIn,
  n: number,
  seed: number,
  options: { readonly flaws?: DeviceFlaws; readonly storage?: RxStorage<unknown, unknown>; readonly owner?: () => string } = {},
): Promise<SimulatedDevice> {
  const { flaws = {} } = options;
  const plainDeps: WriteDeps = { ...createWriteDeps(seed * 10 + n + 1), ...(options.owner ? { owner: options.owner } : {}) };
  const deps = flaws.deps?.(plainDeps) ?? plainDeps;
  const sync = createSync(plainDeps);
  const conflictHandler = flaws.conflictHandler?.(sync.conflictHandler) ?? sync.conflictHandler;
  const db = await openDatabase({ name: storeName(), storage: options.storage ?? getRxStorageMemory(), conflictHandler });
  if (flaws.forgetsVersions) db.collections.local.bulkInsert = () => Promise.resolve({ success: [], error: [] });
  const line = createFaultyLine(hub, createSeededNumbers(seed * 31 + n), flaws.link);
  const replication = sync.attach(db, line.link, { retryMs: 5 });
  let state: SyncState = { state: 'off', pending: 0, pendingBytes: 0, lastSuccess: null };
  const subs: Subscription[] = [replication.state$.subscribe((next) => (state = next)), hub.changed$.subscribe(() => line.online && setTimeout(() => replication.wake(), 0))];
  await replication.start();
  return {
    n,
    db,
    line,
    deps,
    cases: createRepository<CaseBody>(db, 'case', deps),
    sync: replication,
    state: () => state,
    records: async () => (await db.collections.record.find({ sort: [{ id: 'asc' }] }).exec()).map((doc) => doc.toMutableJSON() as SuarRecord),
    setAside: async () => (await db.collections.local.find({ selector: { kind: 'rejected' } }).exec()).map((doc) => doc.toMutableJSON().body as unknown as SetAsideEdit),
    versions: async () => (await db.collections.local.find().exec()).filter(({ kind }) => kind.startsWith('v:')).map((doc) => doc.toMutableJSON().body),
    close: async () => {
      for (const sub of subs) sub.unsubscribe();
      await replication.stop();
      await db.close();
    },
  };
}

/** Waits until no device has anything left to send and the hub has been quiet for two rounds; false after `timeoutMs`. */
export async function quiesce(hub: HubStandIn, devices: readonly SimulatedDevice[], timeoutMs = 4000): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  let quiet = 0;
  while (Date.now() < end) {
    const before = hub.pos;
    for (const device of devices) device.sync.wake();
    await Promise.all(devices.map((device) => Promise.race([device.sync.settled(), new Promise((resolve) => setTimeout(resolve, 500))])));
    quiet = hub.pos === before && devices.every((device) => device.state().pending === 0 && device.state().state === 'idle') ? quiet + 1 : 0;
    if (quiet >= 3) return true;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  return false;
}
