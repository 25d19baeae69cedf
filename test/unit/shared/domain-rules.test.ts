import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { IPC, IPC_CHANNELS } from '#shared/contract/ipc.ts';
import { canEditBrief, nextBriefStatuses } from '#shared/domain/brief/rules.ts';
import { nextCaseStatuses, observableKeyOf } from '#shared/domain/case/rules.ts';
import { ENTITIES, ENTITY_NAMES, entityDefinition } from '#shared/entities.ts';
import { BRIEF_STATUSES } from '#shared/schema/brief.ts';
import { CASE_STATUSES } from '#shared/schema/case.ts';
import { BucketIdSchema, TLP, tlpRank } from '#shared/schema/record.ts';
import { MoneySchema, STATEMENT_KINDS, STATEMENT_SCHEMAS, STATEMENT_SLOTS, StatementSchema } from '#shared/schema/statement.ts';

describe('states', () => {
  it('a case can reach every state and leave every state, never for the one it is in', () => {
    const reached = new Set(CASE_STATUSES.flatMap((status) => nextCaseStatuses(status)));
    for (const status of CASE_STATUSES) {
      expect(nextCaseStatuses(status)).not.toContain(status);
      expect(nextCaseStatuses(status).length).toBeGreaterThan(0);
      if (status !== 'new') expect(reached).toContain(status);
    }
    expect(nextCaseStatuses('closed')).toEqual(['active']);
  });

  it('a released brief is frozen: it is not edited and goes nowhere', () => {
    for (const status of BRIEF_STATUSES) {
      expect(canEditBrief(status, true)).toBe(false);
      expect(nextBriefStatuses(status, true)).toEqual([]);
      expect(nextBriefStatuses(status, false)).not.toContain(status);
    }
    expect(BRIEF_STATUSES.filter((status) => canEditBrief(status, false))).toEqual(['draft']);
  });

  it('TLP goes from CLEAR to RED', () => {
    expect(TLP.map(tlpRank)).toEqual([0, 1, 2, 3, 4]);
  });

  it('observables unite by kind and key, also those that are none', () => {
    expect(observableKeyOf({ kind: 'domain', key: 'a', note: 'x' })).toBe('domain|a');
    for (const odd of [null, undefined, 5, 'x', []]) expect(typeof observableKeyOf(odd)).toBe('string');
  });
});

describe('registry', () => {
  it('knows its entities and nothing that objects inherit', () => {
    for (const name of ENTITY_NAMES) expect(entityDefinition(name)).toBe(ENTITIES[name]);
    for (const name of ['', 'constructor', 'toString', '__proto__', 'Case']) expect(entityDefinition(name)).toBeUndefined();
  });

  it('every body and every request refuses a field it does not name', () => {
    for (const { schema } of Object.values(ENTITIES)) expect(schema).toMatchObject({ additionalProperties: false });
    for (const channel of IPC_CHANNELS) expect(IPC[channel].request, channel).toMatchObject({ additionalProperties: false });
  });

  it('buckets are units, countries, taskforces and the community', () => {
    for (const id of ['u:la-demo', 'c:LA', 't:op-beacon', 'community']) expect(Value.Check(BucketIdSchema, id)).toBe(true);
    for (const id of ['', 'u:', 'u:a', 'u:LA', 'c:la', 'c:LAO', 'x:la', 'communityx', ' community', 'u:la\n', 'u:la/..']) expect(Value.Check(BucketIdSchema, id), JSON.stringify(id)).toBe(false);
  });
});

describe('statements', () => {
  it('each kind has an editor for exactly its slots', () => {
    for (const kind of STATEMENT_KINDS) expect(Object.keys(STATEMENT_SLOTS[kind]).toSorted()).toEqual(Object.keys(STATEMENT_SCHEMAS[kind].properties.slots.properties).toSorted());
  });

  it('take one kind with its own slots only', () => {
    const arrest = { id: '1', kind: 'arrest', slots: { agency: 'police', country: 'LA', count: 3, offence: 'fraud', date: '2026-11-05' } };
    expect(Value.Check(StatementSchema, arrest)).toBe(true);
    for (const slots of [
      { ...arrest.slots, extra: 1 },
      { ...arrest.slots, count: 0 },
      { ...arrest.slots, count: 1.5 },
      { ...arrest.slots, country: 'Laos' },
      { ...arrest.slots, date: '2026-02-30' },
      { ...arrest.slots, date: '2569-11-05T00:00' },
      {},
    ])
      expect(Value.Check(StatementSchema, { ...arrest, slots }), JSON.stringify(slots)).toBe(false);
    expect(Value.Check(StatementSchema, { ...arrest, kind: 'transfer' })).toBe(false);
  });

  it('money is decimal text of a currency, never a float', () => {
    for (const value of ['0', '1234.50', '999999999999999.12345678']) expect(Value.Check(MoneySchema, { value, currency: 'THB' })).toBe(true);
    for (const value of ['', '01', '1.', '.5', '-1', '1e5', '1,000', 'NaN', '๑', '1.123456789', '1234567890123456']) expect(Value.Check(MoneySchema, { value, currency: 'THB' }), value).toBe(false);
    for (const currency of ['thb', 'TH', 'THBX', '']) expect(Value.Check(MoneySchema, { value: '1', currency })).toBe(false);
  });
});
