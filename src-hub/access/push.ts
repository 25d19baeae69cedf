import type { PushedParcel } from '#shared/contract/parcel.ts';
import type { PushAnswer } from '#shared/contract/sync.ts';
import { sqlState, type Database, type Sql } from '../db/database.ts';
import { OutcomeUnknown } from '../db/node-failure.ts';
import { asCaller, type Caller } from './caller.ts';
import { addedBuckets } from './claim-rules.ts';
import { createGate } from './gate.ts';
import { assignParcels } from './parcels.ts';
import { readEpoch, type PullProblem } from './pull.ts';
import { isRefused, readRow, rowId, type Candidate, type Refused } from './push-row.ts';
import { judge } from './push-rules.ts';
import { loadPushState, type Master, type PushState } from './push-state.ts';
import { createWriteSet, saveWriteSet, InsertRaced, type WriteSet } from './push-store.ts';
import { viewOf } from './stored-record.ts';

const ATTEMPTS = 4;
/** Pushes one process writes at once: while a standby is away they all wait, and pulls still need connections. */
const WRITERS = 8;
const gate = createGate(WRITERS);
/** Another device wrote the same new id first, a deadlock, a serialization failure, a node lost while committing: the batch is judged again; what it stored is then the same version. */
const RETRY_STATES = new Set(['40001', '40P01']);

/** What a push may say besides its rows. */
export interface PushExtras {
  /** The hub's epoch the bases of the rows are of. */
  readonly epoch?: string | undefined;
  readonly parcels?: readonly PushedParcel[];
}

/**
 * Takes a batch in one transaction. Rows are judged in order, each against what the rows before it left; refused rows leave no trace.
 * Answers `bad-request` where the request is no list of rows with ids, `epoch` where their bases are of another epoch.
 */
export async function push(db: Database, caller: Caller, raws: readonly unknown[], nowMs: number, { epoch, parcels = [] }: PushExtras = {}): Promise<PushAnswer | PullProblem> {
  const ids = raws.map(rowId);
  if (!ids.every((id) => id !== undefined)) return 'bad-request';
  const read = raws.map((raw, at) => readRow(raw, ids[at] ?? '', caller));
  const rejected: Refused[] = read.filter(isRefused);
  const candidates = read.filter((row): row is Candidate => !isRefused(row));
  if (candidates.length === 0) return { conflicts: [], rejected };
  const now = new Date(nowMs).toISOString();
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await gate(() =>
        asCaller(db, caller, async (sql) =>
          epoch === undefined || (await readEpoch(sql)) === epoch ? pushOnce(sql, caller, candidates, now, (writes) => assignParcels(writes, parcels, ids)) : 'epoch',
        ),
      );
      if (answer === 'epoch') return answer;
      return { conflicts: answer.conflicts, rejected: [...rejected, ...answer.rejected] };
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof InsertRaced || error instanceof OutcomeUnknown || RETRY_STATES.has(sqlState(error)))) throw error;
    }
  }
}

async function pushOnce(sql: Sql, caller: Caller, candidates: readonly Candidate[], now: string, inParcels: (writes: WriteSet) => void): Promise<PushAnswer> {
  const state = await loadPushState(sql, candidates);
  const writes = createWriteSet();
  const rejected: Refused[] = [];
  const conflicting: string[] = [];
  for (const row of candidates) {
    const verdict = judge(row, state, caller, now);
    if (verdict.kind === 'rejected') rejected.push({ id: row.rec.id, reason: verdict.reason });
    else if (verdict.kind === 'conflict') conflicting.push(row.rec.id);
    else if (verdict.kind === 'accepted') accept(row, state, writes, caller);
  }
  inParcels(writes);
  await saveWriteSet(sql, writes);
  return { conflicts: await viewOf(sql, conflicting), rejected };
}

/** Takes a row into the state the next rows see and into what will be written. */
function accept(row: Candidate, state: PushState, writes: WriteSet, caller: Caller): void {
  const { rec } = row;
  const before = state.masters.get(rec.id);
  const isNew = !before || writes.inserts.has(rec.id);
  const master: Master = {
    id: rec.id,
    owner: rec.owner,
    entity: rec.entity,
    audience: rec.audience,
    tlp: rec.tlp,
    rev: rec.rev,
    deleted: rec.deleted,
    author: rec.author,
    authorCountry: caller.country,
    ref: rec.ref,
    sha: row.shaHex,
    wraps: rec.wraps,
  };
  state.masters.set(rec.id, master);
  (isNew ? writes.inserts : writes.updates).set(rec.id, { master, row });
  writes.extensions.delete(rec.id);
  if (row.claim?.kind === 'mandate') {
    writes.mandates.push({ recordId: rec.id, unit: caller.unit, claim: row.claim, signature: row.claimSignature });
    state.mandates.set(rec.id, row.claim);
  } else if (row.claim) {
    const target = state.masters.get(row.claim.record);
    if (!target) throw new Error('release without a target was accepted');
    writes.releases.push({ recordId: rec.id, unit: caller.unit, claim: row.claim, signature: row.claimSignature, targetOwner: target.owner });
    extend(target, row, addedBuckets(row.claim, target), state, writes);
  } else if (row.definition.border === 'claim' && before && !before.deleted) {
    writes.withdrawn.push(rec.id);
    state.mandates.delete(rec.id);
  }
}

/** Adds the released audience and its wraps to the record. */
function extend(target: Master, row: Candidate, added: readonly string[], state: PushState, writes: WriteSet): void {
  if (added.length === 0) return;
  const wider: Master = {
    ...target,
    audience: [...target.audience, ...added].sort(),
    wraps: [...target.wraps, ...row.grants.filter((wrap) => added.includes(wrap.b))],
  };
  state.masters.set(target.id, wider);
  const pending = writes.inserts.get(target.id) ?? writes.updates.get(target.id);
  if (pending) (writes.inserts.has(target.id) ? writes.inserts : writes.updates).set(target.id, { ...pending, master: wider });
  else writes.extensions.set(target.id, wider);
}
