import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { untilPushed } from '../../../src-renderer/sync/until-pushed.ts';

describe('a pull that met records on their way', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function wait(ids: readonly string[], flying: readonly string[], isDue: boolean) {
    const inFlight = new Map(flying.map((id) => [id, 1]));
    let isOver = false;
    const beginAgain = vi.fn(() => void (isOver = true));
    const ended = vi.fn();
    const done = untilPushed(ids, { ledger: { inFlight }, isDue: () => isDue, isOver: () => isOver, beginAgain }).then(
      () => ended('through'),
      () => ended('ended'),
    );
    return { inFlight, beginAgain, ended, done };
  }

  it('waits for these, and for no others', async () => {
    const { inFlight, ended } = wait(['a', 'b'], ['b', 'c'], false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ended).not.toHaveBeenCalled();
    inFlight.delete('b');
    await vi.advanceTimersByTimeAsync(100);
    expect(ended).toHaveBeenCalledWith('through');
  });

  it('begins again where a push may be waiting for it, and only there', async () => {
    const [knot, slow] = [wait(['a'], ['a'], true), wait(['a'], ['a'], false)];
    await vi.advanceTimersByTimeAsync(4000);
    expect(knot.beginAgain).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(knot.beginAgain).toHaveBeenCalledOnce();
    expect(knot.ended).toHaveBeenCalledWith('ended');
    expect(slow.beginAgain).not.toHaveBeenCalled();
  });
});
