import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRun, playAndCheck, type Flaws, type Run } from '../factories/sync-checker.ts';

const FOUND = JSON.parse(readFileSync('test/fixtures/sync-runs.json', 'utf8')) as readonly { readonly name: string; readonly run: unknown }[];
const RUNS = Number(process.env['SUAR_SYNC_RUNS'] ?? 60);

describe('two to four devices on a faulty line', () => {
  it(`converge in content and count, lose no edit, drain, resurrect nothing (${RUNS} runs)`, async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async (run) => {
        expect(await playAndCheck(run)).toEqual([]);
      }),
      { numRuns: RUNS, ...(process.env['SUAR_SYNC_SEED'] ? { seed: Number(process.env['SUAR_SYNC_SEED']) } : {}), endOnFailure: true },
    );
  }, 600_000);

  // Found by random runs; each needs its timing, so it is played several times.
  it.each(FOUND)('converge after $name', async ({ run }) => {
    for (let time = 0; time < 8; time++) expect(await playAndCheck(run as Run)).toEqual([]);
  });
});

/** Runs that reach every mechanism: edits of one field apart, deletions against edits, refusals, later edits. */
const calm = { drop: 0, lostAnswer: 0, duplicate: 0, delayMs: 0 };
const busy: Run = {
  seed: 5,
  devices: 3,
  faults: calm,
  steps: [
    { kind: 'insert', device: 0, pick: 0 },
    { kind: 'insert', device: 1, pick: 0 },
    { kind: 'insert', device: 2, pick: 0 },
    { kind: 'pause', ms: 60 },
    { kind: 'line', device: 0, online: false },
    { kind: 'line', device: 1, online: false },
    { kind: 'title', device: 0, pick: 0, forbidden: false },
    { kind: 'title', device: 1, pick: 0, forbidden: false },
    { kind: 'title', device: 0, pick: 0, forbidden: false },
    { kind: 'observable', device: 1, pick: 0 },
    { kind: 'remove', device: 2, pick: 1 },
    { kind: 'summary', device: 0, pick: 2, forbidden: true },
    { kind: 'line', device: 0, online: true },
    { kind: 'line', device: 1, online: true },
    { kind: 'pause', ms: 60 },
    { kind: 'title', device: 0, pick: 0, forbidden: false },
    { kind: 'pause', ms: 40 },
    { kind: 'title', device: 0, pick: 0, forbidden: false },
    { kind: 'pause', ms: 40 },
  ],
};

/** The same, then edits of a device without a line, carried to the hub and back in files, one of them an older one. */
const carried: Run = {
  ...busy,
  steps: [
    ...busy.steps,
    { kind: 'line', device: 0, online: false },
    { kind: 'title', device: 0, pick: 1, forbidden: false },
    { kind: 'summary', device: 0, pick: 0, forbidden: true },
    { kind: 'bundle', device: 0, pick: 0 },
    { kind: 'summary', device: 0, pick: 1, forbidden: false },
    { kind: 'title', device: 1, pick: 1, forbidden: false },
    { kind: 'insert', device: 1, pick: 0 },
    { kind: 'pause', ms: 60 },
    { kind: 'carry', device: 0, pick: 0 },
    { kind: 'answer', device: 0, pick: 0 },
    { kind: 'insert', device: 0, pick: 0 },
    { kind: 'bundle', device: 0, pick: 0 },
    { kind: 'carry', device: 0, pick: 1 },
    { kind: 'carry', device: 0, pick: 0 },
    { kind: 'answer', device: 0, pick: 1 },
    { kind: 'answer', device: 0, pick: 0 },
    { kind: 'line', device: 0, online: true },
    { kind: 'pause', ms: 60 },
  ],
};

const planted: [string, Flaws][] = [
  [
    'a checkpoint that runs ahead of the documents',
    {
      device: {
        link: (link) => ({
          ...link,
          pull: async (cursor, limit) => {
            const answer = await link.pull(cursor, limit);
            return { ...answer, docs: answer.docs.slice(0, -1) };
          },
        }),
      },
    },
  ],
  [
    'a revision the edit does not change (a counter kept by the server)',
    { device: { deps: (deps) => ({ ...deps, random: (length) => (length === 12 ? new Uint8Array(12).fill(7) : deps.random(length)) }) } },
  ],
  ['dropped tombstones', { hub: { dropsTombstones: true } }],
  ['a rejection nobody hears', { device: { link: (link) => ({ ...link, push: async (rows) => ({ ...(await link.push(rows)), rejected: [] }) }) } }],
  ['a hub that takes every push', { hub: { ignoresAssumed: true } }],
  ['a conflict handler that lets the last writer win', { device: { conflictHandler: (handler) => ({ ...handler, resolve: ({ realMasterState }) => Promise.resolve(realMasterState) }) } }],
  ['a receipt that names as received what the hub did not take', { courier: { praisesAll: true } }],
  ['an answer that settles rows it never carried', { courier: { settlesAll: true } }],
  ['a device that keeps no version another one replaces', { device: { forgetsVersions: true } }],
  ['an edit acknowledged to RxDB although it was never sent', { device: { link: (link) => ({ ...link, push: async (rows) => link.push(rows.slice(0, -1)) }) } }],
];

describe('the checker', () => {
  it('passes the sound implementation on these runs', async () => {
    for (const run of [busy, carried]) expect(await playAndCheck(run)).toEqual([]);
  }, 60_000);

  it.each(planted)(
    'catches %s',
    async (_name, flaws) => {
      expect(await playAndCheck(flaws.courier ? carried : busy, flaws, 1200)).not.toEqual([]);
    },
    60_000,
  );
});
