import { getAssumedMasterState, type RxStorageInstanceReplicationState } from 'rxdb/plugins/core';
import { Subscription } from 'rxjs';
import type { ErrorCode } from '#shared/contract/errors.ts';
import { entityDefinition, URGENT_LANES } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from '../db/open-database.ts';
import type { Way } from './by-courier.ts';
import type { EpochPass } from './epoch-pass.ts';
import { codeOf } from './fault-codes.ts';
import type { SyncLedger } from './ledger.ts';
import type { LinkPushRow, SyncLink } from './link.ts';
import { PUSH_ROWS, rowToSend } from './push.ts';
import { createSentFirst } from './sent-first.ts';

type State = RxStorageInstanceReplicationState<SuarRecord>;

/** Failures after which nothing else would reach the hub either: the rest must not go before what was to be first. */
const NOTHING_GOES: readonly ErrorCode[] = ['hub-unreachable', 'hub-busy', 'hub-outdated'];

/** What {@link createExpress} needs of a replication. */
export interface ExpressDeps {
  readonly db: SuarDatabase;
  /** Undefined until the replication has begun. */
  readonly state: () => State | undefined;
  readonly ledger: SyncLedger;
  readonly pass: Pick<EpochPass, 'believed' | 'isDue' | 'missing'>;
  readonly push: SyncLink['push'];
}

/**
 * What goes to the hub beside the outbox: urgent edits, and what the officer wants sent first. RxDB sends each again in its turn, as after an answer
 * that was lost, and hears then what became of it. So nothing new can go wrong here, and no order that counts is broken.
 */
export interface Express {
  /** Follows the writes of a replication that has begun: what is urgent or to be first goes at once while other pushes are on their way. */
  readonly follow: (state: State) => Promise<Subscription>;
  /** The link of `way`, before each of whose pushes goes what is to be first. */
  readonly over: (way: Way) => SyncLink;
  /** Forgets what waits no more, by what RxDB wrote down of the hub; nothing while no replication has begun. */
  readonly tidy: () => Promise<void>;
}

/** Creates the {@link Express} of one device. */
export function createExpress({ db, state, ledger, pass, push }: ExpressDeps): Express {
  const first = createSentFirst(db);
  /** The version of each record the hub answered for, so that it goes ahead once. */
  const answered = new Map<string, string>();
  let turn: Promise<unknown> = Promise.resolve();
  const isFree = (id: string): boolean => !ledger.inFlight.has(id) && !ledger.neverAccepted.has(id);

  /** The row of a record that waits; undefined where the hub has that version. */
  async function waitingRow(doc: SuarRecord, current: State): Promise<LinkPushRow | undefined> {
    const known = await getAssumedMasterState(current, [doc.id]);
    return rowToSend(doc, known[doc.id]?.docData, ledger, pass)?.row;
  }

  /** The row of a record that waits; undefined also where the hub answered for that version here. */
  async function rowOf(doc: SuarRecord): Promise<LinkPushRow | undefined> {
    const current = state();
    const row = current && (await waitingRow(doc, current));
    return row && answered.get(row.doc.id) === row.doc.rev ? undefined : row;
  }

  async function send(rows: readonly LinkPushRow[], via: SyncLink['push'], epoch: string): Promise<void> {
    const { conflicts, rejected } = await via(rows, epoch);
    if (pass.isDue() || pass.believed() !== epoch) return;
    const refused = new Set([...conflicts, ...rejected].map(({ id }) => id));
    for (const { doc } of rows) {
      answered.set(doc.id, doc.rev);
      if (!refused.has(doc.id)) ledger.sentAhead.set(doc.id, doc);
    }
  }

  /** The rows to be first, each behind the record it refers to where that waits too: the hub refuses a release whose record it does not have. */
  async function firstRows(mayGo: (id: string) => boolean): Promise<LinkPushRow[]> {
    const current = state();
    const rows = new Map<string, LinkPushRow>();
    const seen = new Set<string>();
    const add = async (id: string): Promise<void> => {
      if (id === '' || seen.has(id)) return;
      seen.add(id);
      const [doc] = (await current?.input.forkInstance.findDocumentsById([id], true)) ?? [];
      if (!doc) return;
      await add(doc.ref);
      const row = mayGo(id) ? await rowOf(doc) : undefined;
      if (row) rows.set(id, row);
    };
    for (const id of await first.ids()) await add(id);
    return [...rows.values()];
  }

  /** One at a time: the same version does not go twice. */
  function sendFirst(via: SyncLink['push'], epoch: string, mayGo: (id: string) => boolean): Promise<void> {
    const done = turn.then(async () => {
      const rows = await firstRows(mayGo);
      for (let at = 0; at < rows.length; at += PUSH_ROWS.least) await send(rows.slice(at, at + PUSH_ROWS.least), via, epoch);
    });
    turn = done.catch(() => undefined);
    return done;
  }

  return {
    follow: async (begun) => {
      const fromHub = await begun.downstreamBulkWriteFlag;
      const mayGoNow = (): boolean => ledger.inFlight.size > 0 && !pass.isDue();
      const following = new Subscription();
      following.add(
        begun.input.forkInstance.changeStream().subscribe((bulk) => {
          if (bulk.context === fromHub || !mayGoNow()) return;
          for (const { documentData } of bulk.events) {
            const lane = entityDefinition(documentData.entity)?.lane;
            if (lane === undefined || !URGENT_LANES.has(lane) || !isFree(documentData.id)) continue;
            void rowOf(documentData)
              .then((row) => row && send([row], push, pass.believed()))
              .catch(() => undefined);
          }
        }),
      );
      following.add(first.ids$.subscribe(() => void (mayGoNow() && sendFirst(push, pass.believed(), isFree).catch(() => undefined))));
      return following;
    },
    over: ({ link, ahead }) =>
      ahead === undefined
        ? link
        : {
            ...link,
            push: async (rows, epoch = '') => {
              const own = new Set(rows.map(({ doc }) => doc.id));
              try {
                await sendFirst(ahead, epoch, (id) => !ledger.neverAccepted.has(id) && (own.has(id) || isFree(id)));
              } catch (error) {
                const code = codeOf(error);
                if (code !== undefined && NOTHING_GOES.includes(code)) throw error;
              }
              return link.push(rows, epoch);
            },
          },
    tidy: async () => {
      const current = state();
      if (!current) return;
      const waits = async (id: string): Promise<boolean> => {
        const [doc] = await current.input.forkInstance.findDocumentsById([id], true);
        return doc !== undefined && !ledger.neverAccepted.has(id) && (await waitingRow(doc, current)) !== undefined;
      };
      for (const kept of [answered, ledger.sentAhead]) for (const id of kept.keys()) if (!(await waits(id))) kept.delete(id);
      await first.tidy(waits);
    },
  };
}
