import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { IPC, ReplicatedSchema } from '#shared/contract/ipc.ts';
import { JOURNAL_REQUESTS } from '#shared/contract/journal.ts';
import { fits } from '../../../src-main/fits.ts';
import { PullAnswerSchema, PushAnswerSchema } from '../../../src-main/link/answers.ts';

const row = (over: object) => ({
  id: '0a000000-0000-4000-8000-000000000001',
  entity: 'case',
  owner: 'la-demo',
  audience: ['u:la-demo'],
  tlp: 'AMBER',
  rev: 'aabbccdd',
  deleted: false,
  author: '0a000000-0000-4000-8000-000000000002',
  ref: '',
  body: new Uint8Array(9),
  wraps: [{ b: 'u:la-demo', e: 1, k: new Uint8Array(60) }],
  sig: new Uint8Array(64),
  ...over,
});
const answer = (over: object) => ({ rows: [row(over)], cursor: '1:2:3', done: true });

describe('fits', () => {
  it('takes an answer of the hub, and none with a field missing, foreign, too long or of another kind', () => {
    expect(fits(PullAnswerSchema, answer({}))).toBe(true);
    expect(fits(PullAnswerSchema, { rows: [{ id: 'x', gone: true }], cursor: '', done: false })).toBe(true);
    for (const over of [{ body: 'AAAA' }, { body: new Uint8Array(3 * 1024 * 1024) }, { sig: undefined }, { rev: 'none' }, { extra: 1 }, { wraps: [{ b: 'u:la-demo', e: -1, k: new Uint8Array(60) }] }])
      expect(fits(PullAnswerSchema, answer(over))).toBe(false);
  });

  it('says what the schema itself says, of any value', () => {
    const keys = Object.keys(row({}));
    const nearly = fc.tuple(fc.constantFrom(...keys), fc.anything()).map(([key, value]) => answer({ [key]: value }));
    const schemas = [PullAnswerSchema, PushAnswerSchema, ReplicatedSchema, ...Object.values(IPC).map(({ request }) => request), ...Object.values(JOURNAL_REQUESTS)];
    fc.assert(
      fc.property(fc.oneof(fc.anything(), nearly, fc.constant({})), (value) => {
        for (const schema of schemas) expect(fits(schema, value)).toBe(Value.Check(schema, value));
      }),
      { numRuns: 300 },
    );
  });
});
