import { expect, test } from 'vitest';
import { updateReview, type ReviewSidecar } from '../../../scripts/review-state.ts';

const english = new Map([
  ['save', 'Save'],
  ['n_other', '{{count}} cases'],
]);
const lao = new Map([
  ['save', 'ບັນທຶກ'],
  ['n_other', '{{count}} ຄະດີ'],
]);
const raised = { save: { state: 'reviewed', by: 'native reader', at: '2026-11-21T00:00:00Z' } } as const;

function reviewed(): ReviewSidecar {
  return { ...updateReview(null, english, lao).sidecar, raised };
}

test('a new translation starts as machine made and is not stale', () => {
  const { sidecar, stale } = updateReview(null, english, lao);
  expect(sidecar.state).toBe('machine');
  expect(sidecar.raised).toBeUndefined();
  expect(stale).toEqual([]);
});

test('an unchanged pair keeps its review', () => {
  expect(updateReview(reviewed(), english, lao)).toEqual({ sidecar: reviewed(), stale: [] });
});

test('a changed source takes the review away and stays stale until the text is made again', () => {
  const moved = new Map(english).set('save', 'Save now');
  const first = updateReview(reviewed(), moved, lao);
  expect(first.stale).toEqual(['save']);
  expect(first.sidecar.raised).toBeUndefined();
  expect(updateReview(first.sidecar, moved, lao).stale).toEqual(['save']);
  expect(updateReview(first.sidecar, moved, new Map(lao).set('save', 'ບັນທຶກດຽວນີ້')).stale).toEqual([]);
});

test('a changed translation takes the review away', () => {
  expect(updateReview(reviewed(), english, new Map(lao).set('save', 'ເກັບ')).sidecar.raised).toBeUndefined();
});

test('a key English no longer has leaves the sidecar', () => {
  expect(updateReview(reviewed(), new Map([['n_other', '{{count}} cases']]), lao).sidecar.srcHash).not.toHaveProperty('save');
});
