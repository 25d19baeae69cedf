import type { LinkDoc, LinkPullAnswer, LinkPushRow, SyncLink } from '../../src-renderer/sync/link.ts';
import type { HubStandIn } from './hub-stand-in.ts';
import type { SimulatedDevice } from './simulated-device.ts';

/** What goes wrong with bundles, for tests that prove the checker. */
export interface CourierFlaws {
  /** The receipt names rows the hub did not take as received. */
  readonly praisesAll?: boolean;
  /** The device settles every row, also those that were never on their way. */
  readonly settlesAll?: boolean;
}

interface Request {
  readonly seq: number;
  readonly epoch: string;
  readonly cursor: string;
  readonly rows: readonly LinkPushRow[];
}
interface Answer {
  readonly seq: number;
  readonly epoch: string;
  readonly requestEpoch: string;
  readonly outcomes: ReadonlyMap<string, { readonly conflict?: LinkDoc; readonly reason?: string }>;
  readonly pages: readonly { readonly from: number; readonly to: number; readonly answer: LinkPullAnswer }[];
}

const PAGE = 3;
/** What a device may say of an answer it cannot use. */
const REFUSED = new Set<unknown>(['bundle-gap', 'hub-outdated']);
const nameOf = ({ id, rev }: { readonly id: string; readonly rev: string }) => `${id} ${rev}`;
const positionOf = (cursor: string) => Number(cursor.split(':')[1] ?? 0);
const unreachable = () => Object.assign(new Error('not in this answer'), { code: 'hub-unreachable' });

/** The bundles between one device and the hub, by the rules of contract/bundle.ts; files that lie about are carried in any order, or never, or twice. */
export class CourierStandIn {
  private readonly requests: Request[] = [];
  private readonly answers: Answer[] = [];
  private seq = 0;
  private newestRead = 0;
  private answered = 0;
  private readonly device: SimulatedDevice;
  private readonly hub: HubStandIn;
  private readonly flaws: CourierFlaws;

  constructor(device: SimulatedDevice, hub: HubStandIn, flaws: CourierFlaws = {}) {
    this.device = device;
    this.hub = hub;
    this.flaws = flaws;
  }

  /** The device writes what waits into a file. */
  async make(): Promise<void> {
    const { cursor, epoch, ids } = await this.device.sync.outbox();
    const rows = await this.device.sync.waitingRows(ids);
    this.requests.push(structuredClone({ seq: ++this.seq, epoch, cursor, rows }));
  }

  /** The hub reads one of the files and answers. */
  carry(pick: number): void {
    const request = this.requests[pick % Math.max(1, this.requests.length)];
    if (request === undefined || request.seq < this.newestRead) return;
    this.newestRead = request.seq;
    const epoch = `e${this.hub.epoch}`;
    const isOutdated = request.epoch !== '' && request.epoch !== epoch;
    const rows = isOutdated ? [] : request.rows;
    const { conflicts, rejected } = structuredClone(this.hub.push(structuredClone(rows), request.epoch === epoch ? epoch : ''));
    const outcomes = new Map(
      rows.map(({ doc }) => {
        const conflict = conflicts.find(({ id }) => id === doc.id);
        const reason = rejected.find(({ id }) => id === doc.id)?.reason;
        return [nameOf(doc), this.flaws.praisesAll ? {} : { ...(conflict ? { conflict } : {}), ...(reason === undefined ? {} : { reason }) }] as const;
      }),
    );
    const pages: Answer['pages'][number][] = [];
    for (let cursor = request.cursor.startsWith(`${epoch}:`) ? request.cursor : ''; ;) {
      const answer = structuredClone(this.hub.pull(cursor === '' ? null : cursor, PAGE));
      pages.push({ from: positionOf(cursor), to: positionOf(answer.cursor), answer });
      if (answer.done) break;
      cursor = answer.cursor;
    }
    this.answers.push({ seq: request.seq, epoch, requestEpoch: request.epoch, outcomes, pages });
  }

  /** The device takes one of the answers. */
  async take(pick: number): Promise<void> {
    const answer = this.answers[pick % Math.max(1, this.answers.length)];
    if (answer === undefined || answer.seq < this.answered) return;
    const { epoch } = await this.device.sync.outbox();
    if (answer.epoch !== epoch && answer.requestEpoch !== epoch) return;
    this.device.line.carried = this.lineOf(answer);
    try {
      await this.device.sync.takeAnswer();
      this.answered = answer.seq;
    } catch (error) {
      if (!REFUSED.has((error as { code?: unknown }).code)) throw error;
    } finally {
      this.device.line.carried = undefined;
      this.device.sync.wake();
    }
  }

  private lineOf({ epoch, outcomes, pages }: Answer): SyncLink {
    return {
      pull: async (cursor) => {
        const [first] = pages;
        const isOurs = cursor === null || cursor.startsWith(`${epoch}:`);
        const at = isOurs ? positionOf(cursor ?? '') : -1;
        if (first === undefined || first.from > Math.max(at, 0)) throw Object.assign(new Error('a gap'), { code: 'bundle-gap' });
        const page = pages.find(({ to }) => to > at);
        return page ? structuredClone(page.answer) : { docs: [], cursor: cursor ?? 'e1:0', done: true };
      },
      push: async (rows) => {
        if (!this.flaws.settlesAll && !rows.every(({ doc }) => outcomes.has(nameOf(doc)))) throw unreachable();
        const met = rows.map(({ doc }) => ({ id: doc.id, outcome: outcomes.get(nameOf(doc)) }));
        return structuredClone({
          conflicts: met.flatMap(({ outcome }) => outcome?.conflict ?? []),
          rejected: met.flatMap(({ id, outcome }) => (outcome?.reason === undefined ? [] : [{ id, reason: outcome.reason }])),
        });
      },
    };
  }
}
