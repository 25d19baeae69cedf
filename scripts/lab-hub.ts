/**
 * Plays failovers: three hub processes over a primary and its synchronous standby, devices that push without a pause; one hub and then the
 * primary die by SIGKILL, the standby is promoted. Every acknowledged write must be there, once, and every device must go on by itself.
 * Planted bugs (a standby nobody waits for, an acknowledgement before the commit) prove the checker. `npm run lab:hub -- --runs 1 --devices 6 --json`
 */
import '../test/bench/raw-imports.ts';
import { progress, readOptions, report, toFigure } from './measure.ts';

const { runs, devices, part, json } = readOptions({ runs: 1, devices: 6, part: 5000 });
const { playFailover } = await import('../test/lab/failover.ts');
/** Devices go on by themselves within this time. */
const WITHIN_MS = 10_000;

const outcomes: Awaited<ReturnType<typeof playFailover>>[] = [];
for (let run = 0; run < runs; run++) {
  outcomes.push(await playFailover({ synchronous: true, devices, partMs: part }));
  progress(`run ${run + 1}: ${JSON.stringify(outcomes.at(-1))}`);
}
const planted = [await playFailover({ synchronous: false, devices, partMs: part }), await playFailover({ synchronous: true, acknowledgesEarly: true, devices, partMs: part })];
for (const outcome of planted) progress(`planted: ${JSON.stringify(outcome)}`);

const sum = (pick: (outcome: (typeof outcomes)[number]) => number): number => outcomes.reduce((total, outcome) => total + pick(outcome), 0);
const longest = (pick: (outcome: (typeof outcomes)[number]) => number): number => Math.max(...outcomes.map(pick));
const none = { target: { of: 'value', is: '=', bound: 0 } } as const;
const within = { baseline: WITHIN_MS, target: { of: 'ratio', is: '<=', bound: 1 } } as const;
report(
  [
    toFigure(
      'acknowledged records',
      sum((outcome) => outcome.acknowledged),
      'records',
    ),
    toFigure(
      'acknowledged after the promotion',
      sum((outcome) => outcome.acknowledgedAfter),
      'records',
      { target: { of: 'value', is: '>=', bound: 1 } },
    ),
    toFigure(
      'acknowledged and lost',
      sum((outcome) => outcome.lost),
      'records',
      none,
    ),
    toFigure(
      'edits refused for want of what they grew from',
      sum((outcome) => outcome.refused),
      'records',
      none,
    ),
    toFigure(
      'received more or less than once',
      sum((outcome) => outcome.misread),
      'records',
      none,
    ),
    toFigure(
      'devices that did not go on',
      sum((outcome) => outcome.stuck),
      'devices',
      none,
    ),
    toFigure(
      'longest pause after a hub died / 10 s',
      longest((outcome) => outcome.hubGapMs),
      'ms',
      within,
    ),
    toFigure(
      'longest pause after the promotion / 10 s',
      longest((outcome) => outcome.databaseGapMs),
      'ms',
      within,
    ),
    toFigure('planted bugs caught', planted.filter((outcome) => outcome.lost > 0).length, 'bugs', { baseline: planted.length, target: { of: 'ratio', is: '=', bound: 1 } }),
  ],
  json,
);
