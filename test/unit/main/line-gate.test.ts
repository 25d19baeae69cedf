import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FREE_LINE } from '#shared/contract/line.ts';
import { openLineBook } from '../../../src-main/link/line-book.ts';
import { createLineGate, OPENED_MS } from '../../../src-main/link/line-gate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'suar-line-'));
  vi.useFakeTimers({ now: new Date(2026, 10, 22, 9, 30) });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const file = () => path.join(folder, 'line.bin');
const openBook = () => openLineBook(file(), new Uint8Array(32).fill(7), () => new Date());

it('keeps plan, counts and measures over a restart, sealed', () => {
  const book = openBook();
  book.setPlan({ ...FREE_LINE, hourBytes: 500_000, metered: true });
  book.count(70_000);
  book.count(1000);
  book.pushed(10_000, 6000, 2000);
  book.close();
  expect(readFileSync(file()).includes('metered')).toBe(false);
  const again = openBook();
  expect(again.plan()).toEqual({ ...FREE_LINE, hourBytes: 500_000, metered: true });
  expect(again.use()).toEqual({ hourBytes: 71_000, dayBytes: 71_000 });
  expect(again.measures()).toEqual({ bytesPerSecond: 3000, wirePerByte: 0.6 });
  again.close();
});

it('begins empty where the file does not open', () => {
  writeFileSync(file(), 'not a book');
  const book = openBook();
  expect([book.plan(), book.use()]).toEqual([FREE_LINE, { hourBytes: 0, dayBytes: 0 }]);
  book.close();
});

it('counts by the hour and the day on the wall', () => {
  const book = openBook();
  book.count(500);
  vi.setSystemTime(new Date(2026, 10, 22, 10, 1));
  book.count(200);
  expect(book.use()).toEqual({ hourBytes: 200, dayBytes: 700 });
  vi.setSystemTime(new Date(2026, 10, 23, 0, 0));
  expect(book.use()).toEqual({ hourBytes: 0, dayBytes: 0 });
  book.close();
});

it('says when the limit is used up, and when the next hour begins', () => {
  const verdicts: boolean[] = [];
  const gate = createLineGate(
    openBook(),
    () => new Date(),
    () => void verdicts.push(gate.verdict().open),
  );
  gate.setPlan({ ...FREE_LINE, hourBytes: 1000 });
  gate.count(600);
  expect(verdicts).toEqual([]);
  gate.count(600);
  expect(verdicts).toEqual([false]);
  vi.advanceTimersByTime(31 * 60_000);
  expect(verdicts).toEqual([false, true]);
  gate.close();
});

it('opens for an hour in spite of the plan, and closes again', () => {
  const gate = createLineGate(
    openBook(),
    () => new Date(),
    () => undefined,
  );
  gate.setPlan({ ...FREE_LINE, metered: true });
  expect(gate.verdict()).toEqual({ open: false, reason: 'metered', until: null });
  gate.open();
  expect(gate.verdict().open).toBe(true);
  expect(gate.state().openedUntil).toBe(Date.now() + OPENED_MS);
  vi.advanceTimersByTime(OPENED_MS + 1000);
  expect([gate.verdict().open, gate.state().openedUntil]).toEqual([false, null]);
  gate.close();
});
