import { describe, expect, it } from 'vitest';
import type { EntityName } from '#shared/entities.ts';
import { orderWaiting } from '../../../src-renderer/features/sync/order-waiting.ts';
import { caseBody, recordEnvelope } from '../../factories/records.ts';

const doc = (id: string, entity: EntityName, body: object = {}) => ({ ...recordEnvelope(1), id, entity, body: caseBody({ title: id, ...body }) });
const docs = [doc('a', 'case'), doc('b', 'receipt'), doc('c', 'intel'), doc('d', 'case'), doc('e', 'release')];
const IDS = ['d', 'c', 'e', 'b', 'a'];
const order = (first: readonly string[]) => orderWaiting(docs, IDS, first).map(({ id }) => id);

describe('what waits for the hub', () => {
  it('is listed urgent changes first, the rest in the order of the outbox', () => {
    expect(order([])).toEqual(['e', 'b', 'd', 'c', 'a']);
  });

  it('is led by what the officer wants sent first, as he marked it', () => {
    expect(order(['a', 'gone', 'c'])).toEqual(['a', 'c', 'e', 'b', 'd']);
  });

  it('tells lane, name and size of each', () => {
    const [first, urgent] = orderWaiting([doc('x', 'exhibit', { fileName: 'phone.zip' }), docs[1] ?? doc('b', 'receipt')], ['b', 'x'], ['x']);
    expect(first).toMatchObject({ id: 'x', title: 'phone.zip', lane: 'case', isUrgent: false, isFirst: true });
    expect(urgent).toMatchObject({ id: 'b', title: '', lane: 'approval', isUrgent: true, isFirst: false });
    expect(first?.bytes).toBeGreaterThan(100);
  });
});
