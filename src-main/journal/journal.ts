import { rmSync } from 'node:fs';
import { afterRow, unpackRows, type JournalRequest, type JournalRow, type PackedRows, type JournalService, type JournalState, type JournalVersion } from '#shared/contract/journal.ts';
import { EMPTY_SET } from '#shared/base/set-digest.ts';
import { chosenCrashPoint, crashPoint, labNumber } from '../lab.ts';
import { syncFolder } from '../keys/durable-file.ts';
import { openAppender, type Appender } from './appender.ts';
import type { Entry, Standing } from './entries.ts';
import { bytesBefore, journalPath, listJournal } from './files.ts';
import { chainStart } from './frames.ts';
import { findJournal, takesBackEarlier } from './find-journal.ts';
import { areWhole, createSnapshot, newestVersions, type SnapshotWriter } from './snapshot.ts';
import { foldEntry, NO_STANDING, type Fold } from './standing.ts';

/** A log longer than this is closed and another one begun, in bytes. */
const LOG_BYTES = 4 * 1024 * 1024;
/** Closed logs are merged into a snapshot from this many bytes on, and when they outweigh half of it. */
const MERGE_BYTES = 16 * 1024 * 1024;

/** The journal of one unlocked profile: the requests of contract/journal.ts, and what main itself does with it. */
export interface Journal {
  readonly requests: JournalService['requests'];
  /** Reads the closed files in full: what is damaged there is written anew from the store at the next start. Merges closed logs where that is worth it. Call when nothing urgent runs. */
  readonly tidy: () => Promise<void>;
  /** Revisions the hub has, by `<collection> <id>`; at least those known when it was called, and none it has not. */
  readonly settledRevisions: () => Promise<ReadonlyMap<string, string>>;
  /** Ends it after the writes under way; later requests reject. */
  readonly close: () => Promise<void>;
}

/** Options of {@link openJournal}. */
export interface JournalOptions {
  readonly folder: string;
  /** 32 bytes; the caller zeroes it after `close`. */
  readonly key: Uint8Array;
  /** The profile has had a journal before, so an absent one is a lost one. */
  readonly expected: boolean;
  readonly logBytes?: number;
  readonly mergeBytes?: number;
}

/** The rows of a request; `bad-request` where they are not well formed. */
export function unpacked(packed: PackedRows): JournalRow[] {
  const rows = unpackRows(packed);
  if (rows === undefined) throw { code: 'bad-request' };
  return rows;
}

/**
 * Opens the journal in `folder`, or begins one. Never throws for damage: the state says it. Rejects with the error of the disk (ENOSPC,
 * EACCES …) where no file can be read or made; nothing is held open then, and the next try finds what this one found.
 */
export async function openJournal({ folder, key, expected, logBytes = labNumber('LOG_BYTES', LOG_BYTES), mergeBytes = labNumber('MERGE_BYTES', MERGE_BYTES) }: JournalOptions): Promise<Journal> {
  const found = findJournal(folder, key, expected);
  let health = found.health;
  let fold: Fold = found.fold;
  let sequence = fold.standing.sequence;
  let active: { readonly number: number; readonly firstWrite: number; takesBack: boolean; readonly appender: Appender } | undefined;
  let rotating: Promise<void> | undefined;
  let merging: Promise<void> | undefined;
  let restock: { readonly writer: SnapshotWriter; readonly number: number; digests: Standing['digests'] } | undefined;
  let reader: AsyncGenerator<JournalVersion> | undefined;
  let read = 0;
  let closed = false;

  if (health === 'damaged' && !found.log) active = undefined;
  else if (found.log) active = { ...found.log, appender: await openAppender(found.log.path, key, found.log) };
  else await begin(found.lastNumber + 1, found.lastTag);

  async function begin(number: number, before: Uint8Array | null): Promise<void> {
    const appender = await openAppender(journalPath(folder, number, false), key, { end: chainStart(number), sizeBytes: 0 });
    crashPoint('log-created');
    try {
      await appender.append({ t: 'head', standing: fold.standing, before });
    } catch (error) {
      await appender.close().catch(() => undefined); // a log without its first frame counts as none
      throw error;
    }
    syncFolder(folder);
    crashPoint('log-begun');
    active = { number, firstWrite: sequence + 1, takesBack: false, appender };
  }

  async function rotate(): Promise<void> {
    if (!active) return;
    const { number, appender } = active;
    await appender.close();
    crashPoint('journal-rotate');
    await begin(number + 1, appender.end().tag);
  }

  /** Appends and counts `entry`; the count follows the order in the file. Answers the number of a write, else of the last one. */
  async function append(entry: Entry): Promise<number> {
    if (rotating) {
      await rotating;
      return append(entry);
    }
    if (closed || !active) throw { code: closed ? 'locked' : 'store-damaged' };
    if (active.appender.sizeBytes() > logBytes && sequence >= active.firstWrite) {
      rotating = rotate().finally(() => (rotating = undefined));
      return append(entry);
    }
    const numbered = entry.t === 'write' ? { ...entry, n: ++sequence } : entry;
    await active.appender.append(numbered);
    fold = foldEntry(fold, numbered);
    crashPoint(`journaled-${entry.t}`);
    if (takesBackEarlier(numbered, active.firstWrite)) active.takesBack = true;
    return numbered.t === 'write' ? numbered.n : sequence;
  }

  /** The files before the active one become one snapshot. Not while a write in them may still be taken back, or was by the active one. */
  async function merge(): Promise<void> {
    const current = active;
    if (!current || current.takesBack || fold.inDoubt.some(({ write: n }) => n < current.firstWrite)) return;
    const files = listJournal(folder).filter(({ number }) => number < current.number);
    const last = files.at(-1);
    if (!last || last.snapshot) return;
    const writer = await createSnapshot(folder, key, last.number);
    crashPoint('merge-begun');
    try {
      for await (const version of newestVersions(key, files)) {
        if (closed) return await writer.abandon();
        await writer.put(version);
      }
      await writer.finish(fold.standing);
    } catch (error) {
      await writer.abandon();
      throw error;
    }
    crashPoint('merge-before-removal');
    for (const { path } of files) if (path !== journalPath(folder, last.number, true)) rmSync(path, { force: true });
  }

  function mergeOnce(): Promise<void> {
    merging ??= merge().finally(() => (merging = undefined));
    return merging;
  }

  /** No merge runs any more; one that failed left everything as it was. */
  async function merged(): Promise<void> {
    await merging?.catch(() => undefined);
  }

  async function versions({ from, most }: JournalRequest<'versions'>): ReturnType<JournalService['requests']['versions']> {
    await merged(); // it removes the files a reading has begun with
    if (from === 0 || reader === undefined || from !== read) {
      await reader?.return(undefined);
      reader = newestVersions(key, listJournal(folder));
      read = 0;
      if (from !== 0) throw { code: 'bad-request' };
    }
    const page: JournalVersion[] = [];
    for (let step = await reader.next(); !step.done; step = await reader.next()) {
      page.push(step.value);
      if (page.length === most) break;
    }
    read += page.length;
    if (page.length === most) return { versions: page, next: read };
    reader = undefined;
    return { versions: page, next: null };
  }

  /** What the disk does not take of a new journal goes, so that its room is free for the next try; the journal stays what it was. */
  async function orAbandon(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      const refused = restock;
      restock = undefined;
      await refused?.writer.abandon();
      throw error;
    }
  }

  async function restockEnd({ generation, resync, stamp }: JournalRequest<'restockEnd'>): Promise<void> {
    if (!restock) throw { code: 'bad-request' };
    const { writer, number, digests } = restock;
    const next = Math.max(sequence, stamp) + 1;
    const standing = { ...NO_STANDING, sequence: next, applied: next, generation, resync, digests };
    await orAbandon(() => writer.finish(standing));
    restock = undefined;
    sequence = next;
    fold = { standing, inDoubt: [] };
    crashPoint('restock-finished');
    await active?.appender.close();
    listJournal(folder); // what the snapshot replaces goes
    await begin(number + 1, null);
    health = 'ok';
  }

  return {
    requests: {
      state: async (): Promise<JournalState> => ({
        health,
        sequence: fold.standing.sequence,
        generation: fold.standing.generation,
        resync: fold.standing.resync,
        cut: found.cut,
        crashAt: chosenCrashPoint() ?? '',
        inDoubt: fold.inDoubt,
        expected: fold.standing.digests,
      }),
      append: ({ collection, packed, applied }) => append({ t: 'write', n: 0, c: collection, a: applied, r: unpacked(packed) }),
      void: async ({ collection, write, ids }) => void (await append({ t: 'void', c: collection, w: write, i: ids })),
      settle: async ({ collection, versions: v }) => void (await append({ t: 'settled', c: collection, v })),
      expected: async () => fold.standing.digests,
      versions,
      restockBegin: async () => {
        await merged();
        await restock?.writer.abandon();
        const number = Math.max(active?.number ?? 0, ...listJournal(folder).map((file) => file.number)) + 1;
        crashPoint('restock-begun');
        restock = { writer: await createSnapshot(folder, key, number), number, digests: { record: EMPTY_SET, local: EMPTY_SET } };
      },
      restockRows: async ({ collection, packed }) => {
        const current = restock;
        if (!current) throw { code: 'bad-request' };
        crashPoint('restock-rows');
        const rows = unpacked(packed);
        await orAbandon(async () => {
          for (const row of rows) {
            current.digests = { ...current.digests, [collection]: afterRow(current.digests[collection], { ...row, prev: null }) };
            await current.writer.put({ collection, row, settled: row.ct.length === 0 });
          }
        });
      },
      restockEnd,
      remake: async () => void (await append({ t: 'remake' })),
      closed: async ({ applied }) => void (await append({ t: 'closed', a: applied })),
      crash: async ({ at }) => crashPoint(at),
      resynced: async () => void (await append({ t: 'resynced' })),
    },
    tidy: async () => {
      // Files must stay while somebody reads them or writes the journal anew.
      if (closed || !active || reader || restock) return;
      if (
        !(await areWhole(
          key,
          listJournal(folder).filter(({ number }) => number < (active?.number ?? 0)),
        ))
      )
        return void (await append({ t: 'restock' }));
      if (reader || restock) return;
      const closedBytes = bytesBefore(folder, active.number, false);
      if (closedBytes >= mergeBytes && closedBytes * 2 >= bytesBefore(folder, active.number, true)) await mergeOnce();
    },
    settledRevisions: async () => {
      await merged();
      const revs = new Map<string, string>();
      for await (const { collection, row, settled } of newestVersions(key, listJournal(folder))) if (settled) revs.set(`${collection} ${row.id}`, row.rev);
      return revs;
    },
    close: async () => {
      closed = true;
      await merged();
      await reader?.return(undefined);
      await restock?.writer.abandon();
      await rotating?.catch(() => undefined); // whose entry asked for it was told
      await active?.appender.close();
      active = undefined;
    },
  };
}
