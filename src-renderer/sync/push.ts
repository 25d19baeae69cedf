import type { RxReplicationWriteToMasterRow } from 'rxdb/plugins/core';
import { OWNER_SELF, type SuarRecord } from '#shared/schema/record.ts';
import type { HubMemory } from '../db/journal/hub-memory.ts';
import type { EpochPass } from './epoch-pass.ts';
import type { SyncLedger } from './ledger.ts';
import { isGone, isSameVersion, isUnproven, toGone, toLinkRecord, type LinkPushRow, type LinkRecord, type SyncLink } from './link.ts';
import type { SetAside } from './set-aside.ts';

/**
 * Rows of one batch, at least and at most. Between two batches the line is empty for a round trip, so they last some seconds; no longer, because what was sent is shown batch by batch, and
 * a record that is pushed is edited and pulled no further until its batch is answered. Of a batch that was cut, what arrived is not sent again (src-main/link/unsettled.ts).
 */
export const PUSH_ROWS = { least: 25, most: 500 } as const;
const QUICK_MS = 6000;
const SLOW_MS = 12_000;

/** Rows for the next batch, after one of `sent` rows took `ms`. */
export function nextPushRows(rows: number, sent: number, ms: number): number {
  if (ms > SLOW_MS) return Math.max(PUSH_ROWS.least, Math.floor(rows / 2));
  return ms < QUICK_MS && sent >= rows ? Math.min(PUSH_ROWS.most, rows * 2) : rows;
}

/** What the push handler needs. */
export interface PushDeps {
  readonly link: SyncLink;
  readonly ledger: SyncLedger;
  readonly setAside: SetAside;
  /** Resolves when RxDB has written down the outcome of the pushes handed over so far. */
  readonly settled: () => Promise<unknown>;
  /** Which of these versions the hub is known to have although RxDB's bookkeeping does not say so (after a rebuild). */
  readonly knownToHub: HubMemory['known'];
  /** What is known of a hub that was restored. */
  readonly pass: Pick<EpochPass, 'believed' | 'isDue' | 'missing' | 'judged' | 'ready' | 'refused'>;
  /** Whether a record belongs to the unit of this device. */
  readonly isOwn: (record: SuarRecord) => boolean;
  /** Whether this replication was ended. */
  readonly isOver: () => boolean;
  /** The hub is in another epoch: replication begins again, because RxDB does not pull while a push is tried again. */
  readonly outdated: () => void;
}

type Row = RxReplicationWriteToMasterRow<SuarRecord>;

/**
 * The push handler of the replication: sends rows, and returns the versions of the hub that were in the way.
 *
 * Not sent: records made before enrolment (owner 'self'), rows that already are the hub's version (what a conflict
 * adopted), and the deletion of a record the hub never took. A rejected row is set aside first, then answered to RxDB as a
 * conflict with the hub's version; a rejected new record stays as it is, marked (docs/adr/0004).
 */
export function createPushHandler({ link, ledger, setAside, settled, knownToHub, pass, outdated, isOwn, isOver }: PushDeps): (rows: readonly Row[]) => Promise<LinkRecord[]> {
  return async (rows) => {
    if (!(await pass.ready(isOver))) throw Object.assign(new Error('the hub was restored'), { code: 'hub-outdated' });
    const known = await knownToHub(rows.filter(({ assumedMasterState }) => !assumedMasterState).map(({ newDocumentState }) => newDocumentState));
    const rowsById = new Map<string, { row: LinkPushRow; base: LinkRecord | undefined }>();
    for (const { newDocumentState, assumedMasterState } of rows) {
      if (known.has(newDocumentState.id)) continue;
      const sent = rowToSend(newDocumentState, assumedMasterState, ledger, pass);
      if (sent === undefined) continue;
      const { doc } = sent.row;
      if (doc._deleted && ledger.neverAccepted.delete(doc.id)) await setAside.unmark(doc.id, doc.updatedAt);
      else rowsById.set(doc.id, sent);
    }
    if (rowsById.size === 0) return [];

    const leave = ledger.enter([...rowsById.keys()]);
    const epoch = pass.believed();
    try {
      const answer = await link.push(
        [...rowsById.values()].map(({ row }) => row),
        epoch,
      );
      // restored while the answer was on its way: what it acknowledges may be lost already, and is sent again
      if (pass.isDue() || pass.believed() !== epoch) throw Object.assign(new Error('the hub was restored'), { code: 'hub-outdated' });
      const hubVersions = new Map<string, LinkRecord>();
      const rejected = new Map(answer.rejected.map(({ id, reason }) => [id, reason]));
      for (const conflict of answer.conflicts) {
        const sent = rowsById.get(conflict.id);
        if (sent === undefined) continue;
        // a hub cannot delete what is the unit's own: the edit is set aside, and the version before it stays
        if (isUnproven(conflict) && !sent.row.doc._deleted && isOwn(sent.row.doc)) {
          rejected.set(conflict.id, 'gone-unproven');
          continue;
        }
        // the edit after it goes upon what this brings
        ledger.pulledUnderEdit.delete(conflict.id);
        if (sent.row.assumedRev !== null) ledger.supersede(sent.row.assumedRev);
        // the version in the way may not know the one RxDB takes for the common base
        if (pass.missing.has(conflict.id)) {
          if (sent.base) ledger.unsureBase.set(conflict.id, sent.base.rev);
          await pass.judged(conflict.id, sent.base?.rev);
        }
        if (!isGone(conflict)) await isThereAfterAll(conflict.id);
        hubVersions.set(conflict.id, isGone(conflict) ? toGone(withoutDeleted(sent.row.doc)) : conflict);
      }
      for (const [id, { row, base }] of rowsById) {
        if (hubVersions.has(id)) continue;
        const reason = rejected.get(id);
        if (reason === undefined) await accept(row);
        else {
          const version = await reject(row.doc, base, reason);
          if (version !== undefined) hubVersions.set(id, version);
        }
      }
      void settled().finally(leave);
      return [...hubVersions.values()];
    } catch (error) {
      if ((Object(error) as { code?: unknown }).code === 'hub-outdated') {
        // nothing was stored, and a pull must not wait for a push that waits for it
        leave();
        // Where this replication was ended, the one after it would wait for a pass without beginning again; where the pass is over, it only has to push again.
        if (!isOver() && (pass.isDue() || pass.believed() === epoch)) {
          pass.refused();
          outdated();
        }
      } else void settled().finally(leave);
      throw error;
    }
  };

  async function accept({ doc, assumedRev }: LinkPushRow): Promise<void> {
    if (assumedRev !== null && assumedRev !== doc.rev) ledger.supersede(assumedRev);
    ledger.pulledUnderEdit.delete(doc.id);
    ledger.sentAhead.delete(doc.id);
    ledger.unsureBase.delete(doc.id);
    await pass.judged(doc.id, assumedRev);
    await isThereAfterAll(doc.id, doc.updatedAt);
  }

  /** The hub has a record it refused as new: `accepted` is the reading of the version it took, or a version sent earlier arrived later. What replication took for acknowledged was not, so it is no common base. */
  async function isThereAfterAll(id: string, accepted?: string): Promise<void> {
    if (!ledger.neverAccepted.delete(id)) return;
    const refused = await setAside.unmark(id, accepted);
    if (refused !== undefined) ledger.unsureBase.set(id, refused);
  }

  /** Sets the edit aside; the version to return to, or undefined where the record is new and stays. */
  async function reject(doc: LinkRecord, base: LinkRecord | undefined, reason: string): Promise<LinkRecord | undefined> {
    const record = withoutDeleted(doc);
    const newest = ledger.pulledUnderEdit.get(doc.id);
    const version = newest === undefined ? base : isGone(newest) ? toGone(record) : newest;
    if (version === undefined) {
      await setAside.keep({ reason, neverAccepted: true, record });
      ledger.neverAccepted.add(doc.id);
      return undefined;
    }
    await setAside.keep({ reason, neverAccepted: false, record });
    ledger.rejected.add(doc.rev);
    ledger.pulledUnderEdit.delete(doc.id);
    return version;
  }
}

/** A version on its way to the hub, with the hub's version it grew from; undefined for records made before enrolment and for versions the hub has. */
export function rowToSend(
  state: object,
  assumedState: object | undefined,
  { neverAccepted }: Pick<SyncLedger, 'neverAccepted'>,
  { missing }: Pick<EpochPass, 'missing'>,
): { readonly row: LinkPushRow; readonly base: LinkRecord | undefined } | undefined {
  const doc = toLinkRecord(state);
  const assumed = assumedState && toLinkRecord(assumedState);
  if (doc.owner === OWNER_SELF) return undefined;
  const base = assumed && assumed.owner !== OWNER_SELF && !neverAccepted.has(doc.id) ? assumed : undefined;
  if (base && isSameVersion(doc, base)) return undefined;
  // what the hub lost in a restore is not there to grow from; the version before it is
  const lost = missing.get(doc.id);
  return { row: { doc, assumedRev: base && lost && lost.kept === null ? lost.hubRev : (base?.rev ?? null) }, base };
}

function withoutDeleted({ _deleted: _d, ...record }: LinkRecord): SuarRecord {
  return record;
}
