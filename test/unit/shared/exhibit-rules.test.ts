import { describe, expect, it } from 'vitest';
import { nextExhibitNumber, statusAfter } from '#shared/domain/exhibit/rules.ts';

describe('exhibit numbers', () => {
  it('follow the highest one of the case, in the unit’s own form', () => {
    expect(nextExhibitNumber([])).toBe('E-1');
    expect(nextExhibitNumber(['E-2', 'E-10', 'E-9'])).toBe('E-11');
    expect(nextExhibitNumber(['LA/26/007'])).toBe('LA/26/8');
    expect(nextExhibitNumber(['the blue bag'])).toBe('E-1');
  });
});

describe('the state of an exhibit', () => {
  it('changes with the acts that move it and with no other', () => {
    expect(statusAfter('handed-over', 'held')).toBe('handed-over');
    expect(statusAfter('received', 'handed-over')).toBe('held');
    expect(statusAfter('examined', 'handed-over')).toBe('handed-over');
    expect(statusAfter('an-act-of-a-newer-version', 'held')).toBe('held');
  });
});
