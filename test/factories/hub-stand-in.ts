import { Subject } from 'rxjs';
import { isGone, type LinkDoc, type LinkPullAnswer, type LinkPushAnswer, type LinkPushRow, type LinkRecord } from '../../src-renderer/sync/link.ts';

/** What is wrong with a hub or a line, for tests that prove the checker. */
export interface HubFlaws {
  /** Takes every push, whatever version it grew from. */
  readonly ignoresAssumed?: boolean;
  /** Leaves deletions out of its answers. */
  readonly dropsTombstones?: boolean;
  /** Comes back from a restore in the epoch it had. */
  readonly keepsEpoch?: boolean;
  /** Takes edits whose bases are of another epoch. */
  readonly ignoresEpoch?: boolean;
  /** Does not say which versions come from the backup. */
  readonly hidesPast?: boolean;
}

/** Text in a body that this hub refuses. */
export const FORBIDDEN = 'FORBIDDEN';

/** The push and pull of contract/sync.ts over memory: one order, each record once, conflicts before rights, tombstones without content. */
export class HubStandIn {
  rows = new Map<string, { doc: LinkRecord; pos: number; past?: boolean }>();
  readonly changed$ = new Subject<void>();
  pos = 0;
  epoch = 1;
  private kept: Map<string, { doc: LinkRecord; pos: number; past?: boolean }> | undefined;
  private readonly flaws: HubFlaws;

  constructor(flaws: HubFlaws = {}) {
    this.flaws = flaws;
  }

  backUp(): void {
    this.kept = structuredClone(this.rows);
  }

  /** Back to the last backup; nothing happens where there is none. */
  restore(): void {
    if (!this.kept) return;
    this.rows = new Map([...structuredClone(this.kept)].map(([id, row]) => [id, { ...row, past: true }]));
    if (!this.flaws.keepsEpoch) this.epoch++;
    this.pos++;
    this.changed$.next();
  }

  push(rows: readonly LinkPushRow[], epoch = ''): LinkPushAnswer {
    if (epoch !== '' && epoch !== `e${this.epoch}` && !this.flaws.ignoresEpoch) throw Object.assign(new Error('another epoch'), { code: 'hub-outdated' });
    const conflicts: LinkDoc[] = [];
    const rejected: { id: string; reason: string }[] = [];
    for (const { doc, assumedRev } of rows) {
      const master = this.rows.get(doc.id)?.doc;
      if (master && master.rev === doc.rev && master._deleted === doc._deleted) continue;
      if (!this.flaws.ignoresAssumed && (master?.rev ?? null) !== assumedRev) {
        if (master) conflicts.push(wire(master));
        else conflicts.push({ id: doc.id, gone: true });
        continue;
      }
      if (JSON.stringify(doc.body).includes(FORBIDDEN)) {
        rejected.push({ id: doc.id, reason: 'not-owner' });
        continue;
      }
      this.rows.set(doc.id, { doc: structuredClone(doc), pos: ++this.pos });
    }
    this.changed$.next();
    return { conflicts, rejected };
  }

  pull(cursor: string | null, limit: number): LinkPullAnswer {
    // main begins again where the hub answers 409 epoch
    const since = cursor?.startsWith(`e${this.epoch}:`) ? Number(cursor.split(':')[1]) : 0;
    const waiting = [...this.rows.values()].filter(({ pos }) => pos > since).sort((a, b) => a.pos - b.pos);
    const page = waiting.slice(0, limit);
    const docs = page.map(({ doc, past }) => wire(doc, past === true && !this.flaws.hidesPast)).filter((doc) => !(this.flaws.dropsTombstones && isGone(doc)));
    return { docs, cursor: `e${this.epoch}:${page.at(-1)?.pos ?? since}`, done: page.length === waiting.length };
  }

  /** Records that are not deleted, by id. */
  live(): Map<string, LinkRecord> {
    return new Map([...this.rows].filter(([, { doc }]) => !doc._deleted).map(([id, { doc }]) => [id, doc]));
  }
}

/** A version as a device opens it; main has checked the signature of a deletion. */
function wire(doc: LinkRecord, past = false): LinkDoc {
  return doc._deleted ? { id: doc.id, gone: true, signed: true } : { ...structuredClone(doc), ...(past ? { past } : {}) };
}
