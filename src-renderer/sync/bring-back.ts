import { entityDefinition } from '#shared/entities.ts';
import { canonicalText, contentOf, mergeRecords } from '#shared/domain/record/merge.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from '../db/open-database.ts';
import { asNewVersion, type WriteDeps } from '../db/record-factory.ts';
import type { MissingNote } from './epoch-notes.ts';
import type { EpochPass } from './epoch-pass.ts';
import type { SyncLedger } from './ledger.ts';
import { toLinkRecord, type LinkRecord, type SyncLink } from './link.ts';
import { PUSH_ROWS } from './push.ts';
import type { SetAside } from './set-aside.ts';

/** What pushing again needs. */
export interface BringBackDeps extends Pick<WriteDeps, 'hlc' | 'random' | 'author'> {
  readonly db: SuarDatabase;
  readonly link: SyncLink;
  readonly pass: EpochPass;
  readonly ledger: SyncLedger;
  readonly setAside: SetAside;
  /** Whether a record has a local edit the hub does not know: then the push of that edit brings all of it. */
  readonly isPending: (id: string) => boolean;
}

/** A claim may arrive before the record it is about is back; after this many tries the officer is told. */
const CLAIM_TRIES = 40;
const CLAIM_WAITS: readonly string[] = ['release-unknown-record', 'release-mismatch'];

/**
 * Pushes again what a restored hub lost and this device wrote: same token, same author, upon the version the hub has. Replication sees nothing of it, for
 * afterwards the hub has again what replication knew it had. Then merges what was kept because the hub's version may have been
 * written without knowledge of ours. Call it whenever replication rests; answers how many records still wait.
 */
export function createBringBack(deps: BringBackDeps): () => Promise<number> {
  const { db, link, pass, ledger, setAside, isPending } = deps;
  const tries = new Map<string, number>();
  let running: Promise<void> | undefined;

  const stored = async (ids: string[]): Promise<Map<string, LinkRecord>> =>
    new Map((await db.collections.record.storageInstance.findDocumentsById(ids, true)).map((doc) => [doc.id, toLinkRecord(doc)]));
  const waiting = (): MissingNote[] => [...pass.missing.values()].filter(({ id, again, kept }) => again && kept === null && !isPending(id) && !ledger.neverAccepted.has(id));

  async function pushAgain(notes: readonly MissingNote[], home: boolean): Promise<void> {
    const docs = await stored(notes.map(({ id }) => id));
    const rows = notes.flatMap(({ id, hubRev }) => {
      const doc = docs.get(id);
      return doc ? [{ doc, assumedRev: hubRev, ...(home ? { home } : {}) }] : [];
    });
    if (rows.length === 0) return pass.forget(notes.map(({ id }) => id));
    const leave = ledger.enter(rows.map(({ doc }) => doc.id));
    const answer = await link.push(rows, pass.believed()).finally(leave);
    const conflicts = new Set(answer.conflicts.map(({ id }) => id));
    const reasons = new Map(answer.rejected.map(({ id, reason }) => [id, reason]));
    // somebody wrote meanwhile: the next pull brings it, and ours is merged then
    const overtaken = notes.filter(({ id }) => conflicts.has(id));
    await pass.note(overtaken.flatMap((note) => keptNote(note, docs.get(note.id))));
    const taken = notes.filter(({ id }) => !conflicts.has(id) && !reasons.has(id));
    // a page asked for before still has the version that ours went upon
    for (const { hubRev } of taken) if (hubRev !== null) ledger.supersede(hubRev);
    await pass.forget(taken.map(({ id }) => id));
    const abroad = notes.filter(({ id }) => !home && reasons.get(id) === 'release-missing');
    // a release covers no later push: at home again first, then the release itself comes back and widens it
    if (abroad.length > 0) await pushAgain(abroad, true);
    for (const note of notes) {
      const reason = reasons.get(note.id);
      const doc = docs.get(note.id);
      if (reason === undefined || !doc || abroad.includes(note)) continue;
      const tried = (tries.get(note.id) ?? 0) + 1;
      tries.set(note.id, tried);
      if (CLAIM_WAITS.includes(reason) && tried < CLAIM_TRIES) continue;
      const neverAccepted = note.hubRev === null && !doc._deleted;
      await setAside.keep({ reason, neverAccepted, record: plain(doc) });
      if (neverAccepted) ledger.neverAccepted.add(note.id);
      await pass.forget([note.id]);
    }
  }

  function keptNote(note: MissingNote, doc: LinkRecord | undefined): MissingNote[] {
    return doc && !doc._deleted ? [{ ...note, again: false, kept: plain(doc) }] : [];
  }

  /** Merges a kept version into the one replication has taken meanwhile. */
  async function mergeKept({ id, kept }: MissingNote): Promise<void> {
    const doc = await db.collections.record.findOne(id).exec();
    if (!kept) return;
    if (doc === null) {
      await setAside.keep({ reason: 'gone', neverAccepted: false, record: kept });
      return pass.forget([id]);
    }
    const current = plain(toLinkRecord(doc.toMutableJSON(true)));
    if (current.rev === kept.rev) return; // the hub's version is not in the store yet
    const merged = mergeRecords(undefined, kept, current, entityDefinition(current.entity)?.mergeRules ?? {});
    if (canonicalText(contentOf(merged)) !== canonicalText(contentOf(current))) {
      const next = asNewVersion({ ...merged, audience: current.audience }, deps);
      await doc.incrementalModify((now) => ((now as SuarRecord).rev === current.rev ? { ...now, ...next } : now));
      if ((await db.collections.record.findOne(id).exec())?.rev !== next.rev) return; // edited meanwhile: again next time
    }
    await pass.forget([id]);
  }

  async function run(): Promise<void> {
    await pass.forget([...pass.missing.values()].filter(({ id, kept }) => kept === null && ledger.neverAccepted.has(id)).map(({ id }) => id));
    for (const all = waiting(); all.length > 0;) await pushAgain(all.splice(0, PUSH_ROWS.most), false);
    for (const note of pass.missing.values()) if (note.kept !== null && !isPending(note.id)) await mergeKept(note);
  }

  return async () => {
    running ??= run().finally(() => (running = undefined));
    await running;
    return waiting().length;
  };
}

function plain({ _deleted: _d, ...record }: LinkRecord): SuarRecord {
  return record;
}
