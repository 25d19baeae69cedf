import { findMisfit } from '../db/record-factory.ts';
import { entityDefinition } from '#shared/entities.ts';
import type { HybridClock } from '#shared/base/time.ts';
import { fitsEnvelope } from '#shared/schema/checks.generated.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { EpochPass } from './epoch-pass.ts';
import type { SyncLedger } from './ledger.ts';
import { isGone, isUnproven, toGone, type LinkDoc, type LinkPullAnswer, type LinkRecord, type SyncLink } from './link.ts';
import type { SetAside } from './set-aside.ts';

/** Documents a device asks for at once. */
export const PULL_DOCS = 500;
/** RxDB asks on while it gets at least this many; each answer of the link is handed over by itself, with its own checkpoint. */
export const PULL_BATCH = 1;
/** How often a pull that crossed a push of the same record is asked again before it is given up (RxDB then tries again). */
const CROSSED_TRIES = 20;
const CROSSED = 'a push of the same record does not end';

/** The position in the hub's order that is safely on disk. */
export interface PullCheckpoint {
  readonly cursor: string;
}

/** What the pull handler needs. */
export interface PullDeps {
  readonly link: SyncLink;
  readonly ledger: SyncLedger;
  readonly setAside: SetAside;
  readonly hlc: HybridClock;
  /** Resolves when everything up to `checkpoint` is on disk; rejects when it cannot get there. */
  readonly persisted: (checkpoint: PullCheckpoint | undefined) => Promise<void>;
  /** Resolves when no push of these records is on its way and RxDB has written down how they ended; rejects where that cannot be. */
  readonly pushed: (ids: readonly string[]) => Promise<unknown>;
  /** Whether a record has a local edit the hub does not know. */
  readonly isPending: (id: string) => boolean;
  readonly findLocal: (ids: string[]) => Promise<readonly SuarRecord[]>;
  /** Whether a record belongs to the unit of this device. */
  readonly isOwn: (record: SuarRecord) => boolean;
  /** Keeps versions of a restored hub off newer ones the hub acknowledged before. */
  readonly pass: Pick<EpochPass, 'admit' | 'handedOver'>;
  /** Counts the rounds asked for from outside: the hub has news, or the line is back. */
  readonly asked: () => number;
}

/**
 * The pull handler of the replication. Returns at least `batch` documents or all there are, and the cursor that covers exactly these. An
 * answer of the link is what arrived meanwhile, so on a slow line each frame gets its checkpoint as it comes.
 *
 * The checkpoint never skips: an answer is handed over only when the one before is on disk, so a failed write cannot be
 * overtaken. An answer with a record whose push is on its way is not used: RxDB would drop that document as "edited here"
 * although the hub may have judged the push before (rxdb#5571); the pull waits for the push and asks again.
 */
export function createPullHandler(deps: PullDeps): (checkpoint: PullCheckpoint | undefined, batch: number) => Promise<{ documents: LinkRecord[]; checkpoint: PullCheckpoint | undefined }> {
  const { ledger, pass } = deps;
  let finished: { readonly cursor: string; readonly asked: number } | undefined;
  return async (checkpoint, batch) => {
    const last = finished;
    finished = undefined;
    // RxDB asks once more after every answer: where the one before was the last and nobody asked since, there is no need to trouble the line
    if (last !== undefined && last.cursor === checkpoint?.cursor && last.asked === deps.asked()) return { documents: [], checkpoint };
    const documents = new Map<string, LinkRecord>();
    let cursor = checkpoint?.cursor ?? null;
    let crossed = 0;
    for (;;) {
      const asked = deps.asked();
      const answer = await pullUncrossed(deps, cursor, PULL_DOCS);
      await deps.persisted(checkpoint);
      const passed = await pass.admit(answer, cursor);
      ledger.onCursor(answer.cursor);
      const admitted = await admit(deps, passed);
      // a push that began while this was weighed makes it one that crossed a push
      const met = crossing(admitted, ledger);
      if (met.length > 0) {
        if (++crossed > CROSSED_TRIES) throw new Error(CROSSED);
        await deps.pushed(met);
        continue;
      }
      for (const doc of answer.docs) documents.delete(doc.id);
      for (const doc of admitted) documents.set(doc.id, doc);
      await pass.handedOver(answer);
      // urgent records come ahead of their place and move no cursor
      const stuck = answer.cursor === cursor && answer.docs.length === 0;
      cursor = answer.cursor;
      if (answer.done && documents.size > 0) finished = { cursor, asked };
      if (answer.done || stuck || documents.size >= batch) break;
    }
    return { documents: [...documents.values()], checkpoint: cursor === null ? checkpoint : { cursor } };
  };
}

/** Ids of those that a push has touched since the pull was asked for. */
function crossing(docs: readonly { readonly id: string }[], { touched }: SyncLedger): string[] {
  return docs.filter(({ id }) => touched.has(id)).map(({ id }) => id);
}

async function pullUncrossed({ link, ledger, pushed }: PullDeps, cursor: string | null, limit: number): Promise<LinkPullAnswer> {
  for (let attempt = 0; attempt < CROSSED_TRIES; attempt++) {
    ledger.touched = new Set(ledger.inFlight.keys());
    const answer = await link.pull(cursor, limit);
    const met = crossing(answer.docs, ledger);
    if (met.length === 0) return answer;
    await pushed(met);
  }
  throw new Error(CROSSED);
}

/** Checks what arrives: a record that does not fit is set aside, an outdated version is dropped, a tombstone becomes a deleted document. */
async function admit({ ledger, setAside, hlc, isPending, findLocal, isOwn }: PullDeps, docs: readonly LinkDoc[]): Promise<LinkRecord[]> {
  const gone = docs.filter(isGone).map((doc) => doc.id);
  const localById = new Map(gone.length === 0 ? [] : (await findLocal(gone)).map((record) => [record.id, record]));
  const out: LinkRecord[] = [];
  for (const doc of docs) {
    const local = localById.get(doc.id);
    // A hub cannot delete what is the unit's own: it stays, and the officer is told. An edit of it that is refused goes back to what was there before.
    if (local && isUnproven(doc) && isOwn(local)) {
      await setAside.keep({ reason: 'gone-unproven', neverAccepted: false, record: local });
      continue;
    }
    if (isPending(doc.id)) ledger.pulledUnderEdit.set(doc.id, doc);
    else ledger.pulledUnderEdit.delete(doc.id);
    if (isGone(doc)) {
      if (local) out.push(toGone(local));
      continue;
    }
    hlc.observe(doc.updatedAt);
    if (ledger.isSuperseded(doc.rev)) continue;
    const { _deleted, past: _past, ...record } = doc;
    if (isMisshapen(record)) await setAside.keep({ reason: 'unreadable', neverAccepted: false, record });
    else out.push({ ...record, _deleted });
  }
  return out;
}

/** A record of an entity or a body version this device does not know is kept as it is, if its envelope is one; one of a known version must fit as a whole. */
function isMisshapen(record: SuarRecord): boolean {
  const definition = entityDefinition(record.entity);
  const isKnown = definition !== undefined && record.schemaVersion <= definition.version;
  return isKnown ? findMisfit(record) !== undefined : !fitsEnvelope(record);
}
