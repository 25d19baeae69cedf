import { describe, expect, it } from 'vitest';
import { standingOf } from '../../../src-main/courier/standing.ts';

const KNOWN = { answered: 4, epoch: 'second', asOfMs: 1000 };
const delivery = (made: number, epoch: string) => ({ kind: 'delivery', made, seq: 1, requestEpoch: '', directory: { epoch } }) as const;
const answer = (seq: number, made: number, epoch: string, requestEpoch: string) => ({ kind: 'answer', made, seq, requestEpoch, directory: { epoch } }) as const;

describe('standingOf', () => {
  it('takes the directory of a delivery only where it is newer than the own, and none of it where the hub has begun another epoch since', () => {
    expect(standingOf(delivery(1001, 'second'), KNOWN)).toBe('newer');
    expect(standingOf(delivery(1000, 'second'), KNOWN)).toBe('known');
    expect(standingOf(delivery(1001, 'third'), KNOWN)).toBe('newer');
    expect(standingOf(delivery(999, 'first'), KNOWN)).toBe('older');
    expect(standingOf(delivery(1, 'first'), { ...KNOWN, epoch: undefined, asOfMs: 0 })).toBe('newer');
  });

  it('takes an answer to the newest request or a later one', () => {
    expect(standingOf(answer(5, 2000, 'second', 'second'), KNOWN)).toBe('newer');
    expect(standingOf(answer(4, 900, 'second', 'second'), KNOWN)).toBe('known');
    expect(standingOf(answer(3, 2000, 'second', 'second'), KNOWN)).toBe('older');
  });

  it('does not let the directory of a late answer bring back who was revoked meanwhile', () => {
    expect(standingOf(answer(5, 999, 'second', 'second'), KNOWN)).toBe('known');
  });

  it('follows a restored hub by the answer that tells of it, and refuses one of the time before', () => {
    expect(standingOf(answer(5, 999, 'third', 'second'), KNOWN)).toBe('newer');
    expect(standingOf(answer(5, 999, 'first', 'first'), KNOWN)).toBe('older');
  });
});
