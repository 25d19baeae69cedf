import { createHybridClock, HLC_ZERO, type HlcText, type HybridClock } from '#shared/base/time.ts';
import type { BackupMade } from '#shared/contract/backup.ts';
import { createUuidV7 } from '#shared/base/ids.ts';
import { ENTITY_NAMES, SOURCE_KIND } from '#shared/entities.ts';
import type { IntelBody } from '#shared/schema/intel.ts';
import { OWNER_SELF } from '#shared/schema/record.ts';
import type { Observable } from 'rxjs';
import type { SyncLink } from '../../sync/link.ts';
import { createSync, type Replication, type Sync } from '../../sync/replication.ts';
import { adoptOwner } from '../adopt-owner.ts';
import { createContact, followContact, type Contact } from '../contact.ts';
import { keepIndex, type IndexKeeper } from '../index/index-keeper.ts';
import type { RecordIndex } from '../index/search-index.ts';
import { createIntake, type Intake } from '../intake.ts';
import { deriveStoreKeys, zeroKeys } from '../keys.ts';
import { backUpStore } from '../journal/back-up.ts';
import { createHubMemory, NO_HUB_MEMORY } from '../journal/hub-memory.ts';
import type { RebuildProgress, RebuildReport } from '../journal/rebuild.ts';
import type { SuarDatabase } from '../open-database.ts';
import type { StoreDisk } from '../sqlite/store-disk.ts';
import { connectJournal, openJournaled, remakeStore, type JournaledStore, type OpenedStore } from './open-journaled.ts';
import { StoreDamagedError } from '../store-damaged-error.ts';
import { StoreLostError } from '../store-lost-error.ts';
import { watchStore } from './watch-store.ts';
import type { WriteDeps } from '../record-factory.ts';
import { createRepository, type Repository } from '../repository.ts';
import type { OpenStore } from './protocol.ts';

/** What differs between the worker of the app and a test. */
export interface DataEnvironment {
  /** Where the stores of a profile lie. */
  readonly openDisk: (profile: string) => Promise<StoreDisk>;
  readonly openIndex: (key: Uint8Array, profile: string) => Promise<{ readonly index: RecordIndex; readonly kind: 'opfs' | 'memory' }>;
  readonly clock: () => number;
  readonly random: (length: number) => Uint8Array;
  readonly retryMs?: number;
}

export type Body = Record<string, unknown>;

/** One open store with its index and sync. Cleared by `close`: lock and sign-out. */
export interface Session {
  readonly db: SuarDatabase;
  readonly deps: WriteDeps;
  readonly index: RecordIndex;
  readonly indexKind: 'opfs' | 'memory';
  readonly keeper: IndexKeeper;
  readonly sync: Replication;
  readonly intake: Intake;
  readonly repository: (entity: string) => Repository<Body>;
  /** The repository of an existing record, or undefined where there is none. */
  readonly repositoryOf: (id: string) => Promise<Repository<Body> | undefined>;
  readonly adopt: (unit: string) => Promise<number>;
  /** Reads the store in full and compares it with the journal; false where it is not the same. */
  readonly look: () => Promise<boolean>;
  /** Sends every row to the backup main has begun; resolves when it is in its place. */
  readonly backUp: () => Promise<BackupMade>;
  /** Emits once the store is found not to be what the journal describes. */
  readonly altered$: Observable<void>;
  readonly close: () => Promise<void>;
}

/** The newest reading in the store, so that a clock set back does not reorder edits. */
async function newestReading(db: SuarDatabase): Promise<HlcText> {
  const newest = await Promise.all(ENTITY_NAMES.map((entity) => db.collections.record.find({ selector: { entity }, sort: [{ updatedAt: 'desc' }, { id: 'desc' }], limit: 1 }).exec()));
  return newest.flatMap((docs) => docs.map((doc) => doc.updatedAt)).reduce((a, b) => (a > b ? a : b), HLC_ZERO);
}

/** Starts the clock after the newest edit and opens the index; closes the store again where either fails. */
async function readyStore<T>(db: SuarDatabase, hlc: HybridClock, openIndex: () => Promise<T>): Promise<T> {
  try {
    hlc.observe(await newestReading(db));
    return await openIndex();
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** A store about to be opened; the keys are in memory until it is. */
export interface Opening {
  /** Database, index, sync (not started). Rejects with `store-lost` where the store has to be made again, `store-damaged` where it should be and there is no journal to make it from. */
  readonly open: () => Promise<Session>;
  /** Makes the store again after `store-lost`; `open` then. */
  readonly rebuild: (onProgress: (progress: RebuildProgress) => void) => Promise<RebuildReport>;
}

/** Derives the keys of a store and connects to its journal. Zeroes `storeKey`. */
export async function prepareSession({ storeKey, profile, deviceId, owner, journal: port }: OpenStore, environment: DataEnvironment, link: SyncLink): Promise<Opening> {
  const keys = await deriveStoreKeys(storeKey);
  storeKey.fill(0);
  const peer = port && connectJournal(port);
  const { clock, random } = environment;
  const disk = await environment.openDisk(profile);
  const hlc = createHybridClock(clock);
  let rebuilt = false;
  /** Read at each write: enrolment changes it. */
  const identity: Identity = { unit: owner };
  const contact = createContact(clock);

  const deps: WriteDeps = { hlc, clock, random, author: deviceId, owner: () => identity.unit, offlineMinutes: contact.offlineMinutes };
  const store = (conflictHandler: Sync['conflictHandler']): JournaledStore => ({ profile, keys, disk, conflictHandler });
  async function openSession(): Promise<Session> {
    let hub = NO_HUB_MEMORY;
    const syncParts = createSync(deps, () => hub);
    const opened = await openJournaled(store(syncParts.conflictHandler), peer);
    if (opened.journal) hub = createHubMemory(() => opened.db, opened.journal);
    const { index, kind } = await readyStore(opened.db, hlc, () => environment.openIndex(keys.index, profile));
    if (rebuilt) await index.clear();
    zeroKeys(keys);
    return startSession({ ...opened, disk, index, indexKind: kind, deps, identity, contact, syncParts, environment, link });
  }
  return {
    open: () =>
      openSession().catch(async (error: unknown) => {
        if (!peer || !(error instanceof StoreDamagedError)) throw error;
        // Marked first: the seal that does not open may be one the next opening would not read.
        await peer.request('remake', null);
        const { expected } = await peer.request('state', null);
        throw new StoreLostError('content', expected.record.count, 0);
      }),
    rebuild: async (onProgress) => {
      if (!peer) throw { code: 'bad-request' };
      const report = await remakeStore(store(createSync(deps).conflictHandler), peer, owner !== OWNER_SELF, onProgress);
      rebuilt = true;
      return report;
    },
  };
}

/** The unit this device belongs to, or OWNER_SELF. */
interface Identity {
  unit: string;
}

interface SessionParts extends OpenedStore, Pick<Session, 'index' | 'indexKind'> {
  readonly disk: StoreDisk;
  readonly deps: WriteDeps;
  readonly identity: Identity;
  readonly contact: Contact;
  readonly syncParts: Sync;
  readonly environment: DataEnvironment;
  readonly link: SyncLink;
}

function startSession({ db, disk, storage, journal, index, indexKind, deps, identity, contact, syncParts, environment, link }: SessionParts): Session {
  const { clock, random } = deps;
  const watch = watchStore(storage, journal);
  const keeper = keepIndex(db, index, () => undefined);
  const sync = syncParts.attach(db, link, environment.retryMs === undefined ? {} : { retryMs: environment.retryMs });
  const following = followContact(db, contact, sync.state$);
  const repositories = new Map<string, Repository<Body>>();
  const repository = (entity: string): Repository<Body> => {
    const known = repositories.get(entity) ?? createRepository<Body>(db, entity, deps);
    repositories.set(entity, known);
    return known;
  };
  const store = db.collections.record.storageInstance;
  /** The record an object of a source became, on whichever device of the unit; a fresh random id where there is none, which tells the hub nothing. */
  const idsOf = async (sourceKeys: readonly string[]): Promise<string[]> => {
    await keeper.caughtUp();
    const found = await index.correlate(sourceKeys.map((key) => ({ kind: SOURCE_KIND, key })));
    const idByKey = new Map(found.map(({ key, records }) => [key, records[0]?.id]));
    return sourceKeys.map((key) => idByKey.get(key) ?? createUuidV7(clock, random));
  };
  const findModified = async (ids: readonly string[]): Promise<ReadonlyMap<string, string>> =>
    new Map((await store.findDocumentsById([...ids], false)).map((doc) => [doc.id, String((Object(doc.body['source']) as { modified?: unknown }).modified ?? '')]));
  return {
    db,
    deps,
    index,
    keeper,
    sync,
    repository,
    indexKind,
    look: watch.look,
    altered$: watch.altered$,
    backUp: () => (journal ? backUpStore(storage, journal.peer) : Promise.reject({ code: 'bad-request' })),
    intake: createIntake({ repository: repository('intel') as unknown as Repository<IntelBody>, idsOf, findModified }),
    repositoryOf: async (id) => {
      const doc = await db.collections.record.findOne(id).exec();
      return doc === null ? undefined : repository(doc.entity);
    },
    adopt: (next) => {
      identity.unit = next;
      return adoptOwner(db, next, deps);
    },
    close: async () => {
      keeper.stop();
      await sync.stop();
      await following.stop();
      await keeper.caughtUp();
      await watch.stop();
      await index.close();
      await db.close();
      disk.close();
      await journal?.closed();
    },
  };
}
