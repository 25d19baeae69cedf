import type { RxConflictHandler } from 'rxdb/plugins/core';
import type { JournalService } from '#shared/contract/journal.ts';
import { connectRpc, type RpcPort, type Service } from '#shared/contract/rpc.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { rebuildStore, type RebuildProgress, type RebuildReport } from '../journal/rebuild.ts';
import { gatherRows, refillStore } from '../journal/refill.ts';
import { restockJournal } from '../journal/restock.ts';
import { createCrashPoint, createWriteAhead, type JournalPeer, type WriteAhead } from '../journal/write-ahead.ts';
import type { StoreKeys } from '../keys.ts';
import { openDatabase, type SuarDatabase } from '../open-database.ts';
import { TOKEN_FIELDS } from '../record-schema.ts';
import { createSealingStorage, type SealingStorage } from '../sealing-storage.ts';
import type { StoreDisk } from '../sqlite/store-disk.ts';
import { storeBaseName } from '../store-name.ts';
import { StoreLostError } from '../store-lost-error.ts';

/** What opening a store under a journal needs. */
export interface JournaledStore {
  readonly profile: string;
  readonly keys: StoreKeys;
  readonly disk: StoreDisk;
  readonly conflictHandler?: RxConflictHandler<SuarRecord>;
}

/** An open store under its journal. */
export interface OpenedStore {
  readonly db: SuarDatabase;
  readonly storage: SealingStorage;
  readonly journal: WriteAhead | undefined;
}

/** Connects to the journal in main. */
export function connectJournal(port: RpcPort): JournalPeer {
  return connectRpc<JournalService & Service>(port, { requests: {}, streams: {} }) as unknown as JournalPeer;
}

function nameOf(profile: string, generation: number): string {
  return generation === 0 ? storeBaseName(profile) : `${storeBaseName(profile)}-${generation}`;
}

async function open({ keys, disk, conflictHandler }: JournaledStore, name: string, journal: WriteAhead | undefined): Promise<OpenedStore> {
  const storage = createSealingStorage({ keys, tokenFields: TOKEN_FIELDS, disk, ...(journal ? { journal } : {}) });
  try {
    return { db: await openDatabase({ name, storage: storage as never, ...(conflictHandler ? { conflictHandler } : {}) }), storage, journal };
  } catch (error) {
    await storage.close(); // a second connection to one file would write over what the first wrote
    throw error;
  }
}

/**
 * Opens the store the journal describes. Rejects with {@link StoreLostError} where the store is not that one: then call
 * {@link remakeStore}. A journal that is new, or that says nothing any more, is written anew from the store first.
 */
export async function openJournaled(store: JournaledStore, peer: JournalPeer | undefined): Promise<OpenedStore> {
  if (peer === undefined) return open(store, nameOf(store.profile, 0), undefined);
  const state = await peer.request('state', null);
  const name = nameOf(store.profile, state.generation);
  if (state.health === 'remake') throw new StoreLostError('remake', state.expected.record.count, 0);
  if (state.health === 'ok') {
    try {
      return await openValid(store, name, createWriteAhead(peer, state));
    } catch (error) {
      if (!(error instanceof StoreLostError) || error.detail['reason'] !== 'journal-behind') throw error;
    }
  }
  // The name of the generation went with the journal: the newest store there is.
  const newest = state.health === 'damaged' ? newestName(store, name) : name;
  const bare = await open(store, newest, undefined);
  const generation = generationOf(newest, store.profile);
  try {
    // A rebuild that was cut leaves two, and only the journal knew which one is whole.
    if (state.health === 'damaged') for (const other of store.disk.names()) if (other !== newest) await gather(store, other, bare.storage);
    if (state.health !== 'new') await refillStore(bare.storage, peer);
    await restockJournal(bare.storage, peer, { generation, resync: false, isSettled: () => false, onProgress: () => undefined });
  } finally {
    await bare.db.close();
  }
  return openValid(store, newest, createWriteAhead(peer, await peer.request('state', null)));
}

/** Opens the store the journal names and, once it is open, removes what a rebuild that was cut left beside it. */
async function openValid(store: JournaledStore, name: string, journal: WriteAhead): Promise<OpenedStore> {
  const opened = await open(store, name, journal);
  for (const other of store.disk.names()) if (other !== name) store.disk.remove(other);
  return opened;
}

/** Takes over from the store `name`, as far as it opens, what `into` does not have or has in an older version. */
async function gather(store: JournaledStore, name: string, into: SealingStorage): Promise<void> {
  const other = await open(store, name, undefined).catch(() => undefined);
  if (other === undefined) return;
  try {
    await gatherRows(other.storage, into);
  } finally {
    await other.db.close();
  }
}

/** Makes the store again after a {@link StoreLostError}; the old databases are removed when the new one stands. */
export async function remakeStore(store: JournaledStore, peer: JournalPeer, isEnrolled: boolean, onProgress: (progress: RebuildProgress) => void): Promise<RebuildReport> {
  const state = await peer.request('state', null);
  const crashPoint = createCrashPoint(peer, state);
  const generation = state.generation + 1;
  const oldName = nameOf(store.profile, state.generation);
  const freshName = nameOf(store.profile, generation);
  store.disk.remove(freshName); // what a rebuild that was cut left behind
  const old = await open(store, oldName, undefined).catch(() => undefined);
  const fresh = await open(store, freshName, undefined);
  const total = state.expected.record.count + state.expected.local.count;
  try {
    return await rebuildStore({ peer, old: old?.storage, fresh: fresh.storage, generation, total, cut: state.cut, isEnrolled, onProgress, crashPoint });
  } finally {
    await old?.db.close();
    await fresh.db.close();
    const valid = (await peer.request('state', null)).generation;
    store.disk.remove(valid === generation ? oldName : freshName);
    await crashPoint('rebuild-removed');
  }
}

function generationOf(name: string, profile: string): number {
  return name === nameOf(profile, 0) ? 0 : Number(name.slice(nameOf(profile, 0).length + 1));
}

/** The name of the store with the highest generation on the disk. */
function newestName({ disk, profile }: JournaledStore, fallback: string): string {
  return disk.names().sort((a, b) => generationOf(b, profile) - generationOf(a, profile))[0] ?? fallback;
}
