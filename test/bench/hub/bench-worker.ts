/** One hub process of bench-hub: the hub's own push and pull, without HTTP. Takes one order on its channel and answers what it did. */
import { openDatabase } from '../../../src-hub/db/open.ts';
import { pull } from '../../../src-hub/access/pull.ts';
import { push } from '../../../src-hub/access/push.ts';
import { makeCaller, makeRows } from './seeded-region.ts';

/** What a process is asked to do. */
export interface BenchOrder {
  readonly databaseUrl: string;
  readonly serviceUrl: string;
  readonly process: number;
  readonly verb: 'push' | 'pull';
  readonly ms: number;
}

/** Devices one process serves at once. */
const LANES = 4;
const BATCH = 250;
const PAGE = 500;
/** Batches signed beforehand for each device: signing is the device's work. */
const PREPARED = 40;

process.once('message', (order: BenchOrder) => {
  void work(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});

async function work(order: BenchOrder): Promise<{ readonly rows: number; readonly ms: number }> {
  const db = await openDatabase({ dataDir: '/nonexistent', ...order });
  const callers = await Promise.all(Array.from({ length: LANES }, (_, lane) => makeCaller(db, order.process * 101 + lane * 7)));
  const batches = order.verb === 'push' ? callers.map((caller) => Array.from({ length: PREPARED }, () => makeRows(caller, BATCH))) : [];
  const from = performance.now();
  const end = from + order.ms;
  let rows = 0;
  const lanes = callers.map(async ({ caller }, lane) => {
    let cursor = '';
    for (let batch = 0; performance.now() < end; batch++) {
      if (order.verb === 'push') {
        const sent = batches[lane]?.[batch];
        if (!sent) break;
        const answer = await push(db, caller, sent, Date.now());
        if (typeof answer === 'string' || answer.conflicts.length + answer.rejected.length > 0) throw new Error('a push was refused');
        rows += sent.length;
      } else {
        const answer = await pull(db, caller, cursor, { rows: PAGE });
        if (typeof answer === 'string') throw new Error('a pull was refused');
        rows += answer.rows.length;
        cursor = answer.done ? '' : answer.cursor;
      }
    }
  });
  await Promise.all(lanes);
  const ms = performance.now() - from;
  await db.close();
  return { rows, ms };
}
