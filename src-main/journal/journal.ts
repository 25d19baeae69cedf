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

/** Opens the journal in `folder`, or begins one. Never throws for damage: the state says it. Rejects with `store-full` or an error of the disk where no file can be made. */
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
    await appender.append({ t: 'head', standing: fold.standing, before });
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
    try {
      await active.appender.append(numbered);
    } catch (error) {
      throw { code: (Object(error) as { code?: unknown }).code === 'ENOSPC' ? 'store-full' : 'journal-failed' };
    }
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
    for await (const version of newestVersions(key, files)) {
      if (closed) return writer.abandon();
      await writer.put(version);
    }
    await writer.finish(fold.standing);
    crashPoint('merge-before-removal');
    for (const { path } of files) if (path !== journalPath(folder, last.number, true)) rmSync(path, { force: true });
  }

  function mergeOnce(): Promise<void> {
    merging ??= merge().finally(() => (merging = undefined));
    return merging;
  }

  async function versions({ from, most }: JournalRequest<'versions'>): ReturnType<JournalService['requests']['versions']> {
    await merging; // it removes the files a reading has begun with
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

  async function restockEnd({ generation, resync, stamp }: JournalRequest<'restockEnd'>): Promise<void> {
    if (!restock) throw { code: 'bad-request' };
    const { writer, number, digests } = restock;
    restock = undefined;
    sequence = Math.max(sequence, stamp) + 1;
    fold = { standing: { ...NO_STANDING, sequence, applied: sequence, generation, resync, digests }, inDoubt: [] };
    await writer.finish(fold.standing);
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
        await merging;
        await restock?.writer.abandon();
        const number = Math.max(active?.number ?? 0, ...listJournal(folder).map((file) => file.number)) + 1;
        crashPoint('restock-begun');
        restock = { writer: await createSnapshot(folder, key, number), number, digests: { record: EMPTY_SET, local: EMPTY_SET } };
      },
      restockRows: async ({ collection, packed }) => {
        if (!restock) throw { code: 'bad-request' };
        crashPoint('restock-rows');
        for (const row of unpacked(packed)) {
          restock.digests = { ...restock.digests, [collection]: afterRow(restock.digests[collection], { ...row, prev: null }) };
          await restock.writer.put({ collection, row, settled: row.ct.length === 0 });
        }
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
      await merging;
      const revs = new Map<string, string>();
      for await (const { collection, row, settled } of newestVersions(key, listJournal(folder))) if (settled) revs.set(`${collection} ${row.id}`, row.rev);
      return revs;
    },
    close: async () => {
      closed = true;
      await merging;
      await reader?.return(undefined);
      await restock?.writer.abandon();
      await rotating;
      await active?.appender.close();
      active = undefined;
    },
  };
}
