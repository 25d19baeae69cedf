import type { HybridClock } from '#shared/base/time.ts';
import { OWNER_SELF, type SuarRecord } from '#shared/schema/record.ts';
import { judgeRestored } from './after-restore.ts';
import type { EpochNotes, MissingNote } from './epoch-notes.ts';
import { isGone, type LinkDoc, type LinkPullAnswer, type LinkRecord } from './link.ts';
import type { SetAside } from './set-aside.ts';

const POLL_MS = 10;

/** What comparing with a restored hub needs. */
export interface EpochPassDeps {
  readonly notes: EpochNotes;
  readonly setAside: SetAside;
  readonly hlc: HybridClock;
  readonly clock: () => number;
  /** Id of this device. */
  readonly self: string;
  /** Stored records, deleted ones too. */
  readonly findLocal: (ids: string[]) => Promise<readonly SuarRecord[]>;
  /** The versions the hub is known to have had, by id; an edit that waits is not among them. */
  readonly findBase: (ids: string[]) => Promise<ReadonlyMap<string, LinkRecord>>;
  /** Every record, deleted ones too, in pages. */
  readonly eachRecord: () => AsyncIterable<readonly LinkRecord[]>;
}

/**
 * Guards what the hub acknowledged in an epoch that is over. A new epoch says that the hub was restored: the device pulls everything from the beginning, and
 * this compares each version with the store's before replication sees it. Pushes carry the epoch their bases are of, so the hub
 * takes none until the comparison is done.
 */
export interface EpochPass {
  readonly load: () => Promise<void>;
  /** The epoch the bases of this device's edits are of; '' before the first pull. */
  readonly believed: () => string;
  /** Documents of an answer that replication may have. `cursor` is the one the answer was asked with. */
  readonly admit: (answer: LinkPullAnswer, cursor: string | null) => Promise<readonly LinkDoc[]>;
  /** After the answer is with replication: ends the pass where it was the last one. */
  readonly handedOver: (answer: LinkPullAnswer) => Promise<void>;
  /** The hub refused a push for its epoch: nothing is pushed until a pass is done. */
  readonly refused: () => unknown;
  /** Whether a pass is under way or must come before the next push. */
  readonly isDue: () => boolean;
  /** Whether an answer says nothing of the epoch that a pass is under way to: it is of the one before, or ends before `cursor`, which it was asked with. */
  readonly isBehind: (answer: LinkPullAnswer, cursor: string | null) => boolean;
  /** Waits for a pass that is due, and for the first pull of all; false where `isOver` by then. */
  readonly ready: (isOver: () => boolean) => Promise<boolean>;
  /** Records whose version here the hub does not have. Shared with the push handler, which names `hubRev` as the base. */
  readonly missing: ReadonlyMap<string, MissingNote>;
  readonly note: (notes: readonly MissingNote[]) => Promise<void>;
  readonly forget: (ids: readonly string[]) => Promise<void>;
  /** The hub judged an edit upon the version `upon`: nothing of the record is missing any more, unless a version that the edit did not grow from waits to be merged. */
  readonly judged: (id: string, upon: string | null | undefined) => Promise<void>;
}

/** The epoch of a cursor (`epoch:xid:pos`, perhaps behind `keys~`). */
export function epochOf(cursor: string): string {
  return (cursor.slice(cursor.indexOf('~') + 1).split(':', 1)[0] ?? '').trim();
}

/** Creates the guard; call `load` before anything else. */
export function createEpochPass({ notes, setAside, hlc, clock, self, findLocal, findBase, eachRecord }: EpochPassDeps): EpochPass {
  const missing = new Map<string, MissingNote>();
  let believed = '';
  let passing: string | null = null;
  let isRefused = false;
  const isDue = (): boolean => isRefused || passing !== null;
  /** Before the first pull nobody could tell later in which epoch the hub acknowledged a push. */
  const isUnready = (): boolean => isDue() || believed === '';

  const note = async (added: readonly MissingNote[]): Promise<void> => {
    await notes.writeMissing(added);
    for (const each of added) missing.set(each.id, each);
  };
  const forget = async (ids: readonly string[]): Promise<void> => {
    const known = ids.filter((id) => missing.has(id));
    await notes.removeMissing(known);
    for (const id of known) missing.delete(id);
  };
  const begin = async (epoch: string): Promise<void> => {
    await notes.clearSeen();
    await forget([...missing.values()].filter(({ kept }) => kept === null).map(({ id }) => id));
    await notes.writeEpoch({ believed, passing: epoch });
    passing = epoch;
  };
  const end = async (): Promise<void> => {
    const seen = await notes.readSeen();
    for await (const page of eachRecord()) {
      // a deletion made here goes back too: somebody else may bring the record back
      const unseen = page.filter((doc) => doc.owner !== OWNER_SELF && !seen.has(doc.id) && !missing.has(doc.id) && (!doc._deleted || doc.author === self));
      await note(unseen.map(({ id, author }) => ({ id, hubRev: null, again: author === self, kept: null })));
    }
    await notes.writeEpoch({ believed: passing ?? believed, passing: null });
    believed = passing ?? believed;
    passing = null;
    isRefused = false;
    await notes.clearSeen();
  };

  /** Whether replication may have the document. */
  const judge = async (doc: LinkDoc, local: LinkRecord | undefined, base: LinkRecord | undefined): Promise<boolean> => {
    if (isGone(doc)) {
      const known = missing.get(doc.id);
      // whoever deleted it may have met a hub that had lost our version, so nobody else set that aside
      const isOurs = known?.again ?? (passing !== null && base?.author === self && !base._deleted);
      const ours = known?.kept ?? (isOurs && local && !local._deleted ? plain(local) : undefined);
      if (ours) await setAside.keep({ reason: 'gone', neverAccepted: false, record: ours });
      await forget([doc.id]);
      return true;
    }
    hlc.observe(doc.updatedAt);
    const verdict = judgeRestored({ known: base, pulled: doc, past: doc.past === true, self, nowMs: clock() });
    if (verdict === 'lost') {
      await note([{ id: doc.id, hubRev: doc.rev, again: base?.author === self, kept: null }]);
      // deleted here, and written since by somebody who did not know
      if (base?._deleted && !doc.past) await setAside.keep({ reason: 'deleted-here', neverAccepted: false, record: plain(doc) });
      return false;
    }
    if (verdict === 'unsure' && local) await note([{ id: doc.id, hubRev: doc.rev, again: false, kept: plain(local), ...(base && base.rev !== local.rev ? { upon: base.rev } : {}) }]);
    else if ((missing.get(doc.id)?.kept?.rev ?? doc.rev) === doc.rev) await forget([doc.id]);
    return true;
  };

  return {
    missing,
    note,
    forget,
    judged: async (id, upon) => {
      const known = missing.get(id);
      if (!known?.kept || known.kept.rev === upon || (upon != null && known.upon === upon)) await forget([id]);
    },
    believed: () => believed,
    isDue,
    isBehind: ({ cursor: at, docs }, cursor) => passing !== null && (epochOf(at) === believed || (docs.length === 0 && at === cursor)),
    refused: () => (isRefused = true),
    ready: async (isOver) => {
      while (isUnready() && !isOver()) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      return !isOver() && !isUnready();
    },
    load: async () => {
      const stored = await notes.readEpoch();
      believed = stored?.believed ?? '';
      passing = stored?.passing ?? null;
      missing.clear();
      for (const each of await notes.readMissing()) missing.set(each.id, each);
    },
    admit: async (answer, cursor) => {
      const epoch = epochOf(answer.cursor);
      if (believed === '') {
        // the first pull of all, or the first since this is kept
        believed = cursor === null ? epoch : epochOf(cursor) || epoch;
        await notes.writeEpoch({ believed, passing });
      }
      // what was on its way when the hub was restored; noted as seen, it would hide what the hub lost
      if (passing !== null && epoch === believed) throw { code: 'hub-outdated' };
      if (epoch !== believed && epoch !== passing) await begin(epoch);
      if (passing === null && missing.size === 0) return answer.docs;
      const ids = answer.docs.map(({ id }) => id);
      const baseById = await findBase(ids);
      const localById = new Map((await findLocal(ids)).map((record) => [record.id, record as LinkRecord]));
      const out: LinkDoc[] = [];
      for (const doc of answer.docs) if ((passing === null && !missing.has(doc.id)) || (await judge(doc, localById.get(doc.id), baseById.get(doc.id)))) out.push(doc);
      if (passing !== null) await notes.addSeen(answer.docs.map(({ id }) => id));
      return out;
    },
    handedOver: async (answer) => {
      if (!answer.done) return;
      if (epochOf(answer.cursor) === passing) await end();
      else if (passing === null) isRefused = false;
    },
  };
}

function plain(doc: LinkRecord): SuarRecord {
  const fields = Object.entries(doc).filter(([field]) => !field.startsWith('_') && field !== 'past');
  return Object.fromEntries(fields) as unknown as SuarRecord;
}
