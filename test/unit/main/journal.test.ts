import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packRows, type JournalRow, type JournalVersion } from '#shared/contract/journal.ts';
import { openJournal, type Journal, type JournalOptions } from '../../../src-main/journal/journal.ts';
import { checkedRequests } from '../../../src-main/journal/serve-journal.ts';

const key = new Uint8Array(32).fill(9);
const CANARY = 'witness-of-the-journal';

function row(id: string, rev: string, prev: string | null = null, content = CANARY): JournalRow {
  return { id, rev, prev, clear: content === '' ? '' : JSON.stringify({ id, status: content.slice(0, 40) }), ct: new TextEncoder().encode(content) };
}

describe('journal', () => {
  let folder: string;
  const opened: Journal[] = [];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'suar-journal-'));
  });
  afterEach(async () => {
    for (const journal of opened.splice(0)) await journal.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(over: Partial<JournalOptions> = {}): Promise<Journal> {
    const journal = await openJournal({ folder, key, expected: true, ...over });
    opened.push(journal);
    return journal;
  }
  const files = () => readdirSync(folder).sort();
  const put = (journal: Journal, rows: JournalRow[], applied = 0) => journal.requests.append({ collection: 'record', packed: packRows(rows), applied });
  async function allVersions(journal: Journal): Promise<JournalVersion[]> {
    const out: JournalVersion[] = [];
    for (let from: number | null = 0; from !== null;) {
      const page = await journal.requests.versions({ from, most: 3 });
      out.push(...page.versions);
      from = page.next;
    }
    return out.sort((a, b) => (a.row.id < b.row.id ? -1 : 1));
  }

  it('begins new where none was, and is damaged where one should be', async () => {
    expect((await (await open({ expected: false })).requests.state(null)).health).toBe('new');
    rmSync(folder, { recursive: true });
    expect((await (await open()).requests.state(null)).health).toBe('damaged');
  });

  it('keeps every acknowledged write over a restart, in doubt until the store is known to have it', async () => {
    const first = await open({ expected: false });
    expect(await put(first, [row('a', '1-x')])).toBe(1);
    expect(await put(first, [row('b', '1-x'), row('a', '2-x', '1-x')], 1)).toBe(2);
    await first.close();
    const state = await (await open()).requests.state(null);
    expect(state).toMatchObject({ health: 'ok', sequence: 2, expected: { record: { count: 2 } } });
    expect(state.inDoubt.map(({ write, rows }) => [write, rows.map(({ id }) => id)])).toEqual([[2, ['b', 'a']]]);
  });

  it('writes nothing in clear', async () => {
    const journal = await open({ expected: false });
    await put(journal, [row('a', '1-x')]);
    for (const name of files()) expect(readFileSync(path.join(folder, name)).includes(CANARY)).toBe(false);
  });

  it('takes back what the store refused', async () => {
    const journal = await open({ expected: false });
    const before = (await journal.requests.expected(null)).record;
    const n = await put(journal, [row('a', '1-x')]);
    await journal.requests.void({ collection: 'record', write: n, ids: ['a'] });
    expect((await journal.requests.expected(null)).record).toEqual(before);
    expect(await allVersions(journal)).toEqual([]);
  });

  it('gives the version before back when a newer one is taken back', async () => {
    const journal = await open({ expected: false });
    await put(journal, [row('a', '1-x')]);
    const n = await put(journal, [row('a', '2-x', '1-x')], 1);
    await journal.requests.void({ collection: 'record', write: n, ids: ['a'] });
    expect((await allVersions(journal)).map((version) => version.row.rev)).toEqual(['1-x']);
  });

  it('cuts a half-written end and goes on behind it', async () => {
    const first = await open({ expected: false });
    await put(first, [row('a', '1-x')]);
    await put(first, [row('b', '1-x')], 1);
    await first.close();
    const [name = ''] = files();
    truncateSync(path.join(folder, name), statSync(path.join(folder, name)).size - 5);
    const second = await open();
    expect(await second.requests.state(null)).toMatchObject({ health: 'ok', sequence: 1 });
    expect(await put(second, [row('c', '1-x')], 1)).toBe(2);
    await second.close();
    expect((await allVersions(await open())).map((version) => version.row.id)).toEqual(['a', 'c']);
  });

  it('knows a changed byte anywhere but in its last frame, and the last frame by its sequence', async () => {
    const first = await open({ expected: false });
    for (let n = 0; n < 4; n++) await put(first, [row(`r${n}`, '1-x')], n);
    await first.close();
    const [name = ''] = files();
    const good = readFileSync(path.join(folder, name));
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ flip;
        writeFileSync(path.join(folder, name), bad);
        const journal = await open();
        const state = await journal.requests.state(null);
        await journal.close();
        expect(state.health === 'damaged' || state.sequence < 4).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('knows a log left out, put in twice or exchanged', async () => {
    const first = await open({ expected: false, logBytes: 200 });
    for (let n = 0; n < 6; n++) await put(first, [row(`r${n}`, '1-x')], n);
    await first.close();
    const names = files();
    expect(names.length).toBeGreaterThan(3);
    const saved = names.map((name) => readFileSync(path.join(folder, name)));
    const restore = () => names.forEach((name, i) => writeFileSync(path.join(folder, name), saved[i] ?? ''));
    const health = async () => {
      const journal = await open();
      const found = await journal.requests.state(null);
      await journal.close();
      return found;
    };
    expect((await health()).health).toBe('ok');
    rmSync(path.join(folder, names.at(-2) ?? ''));
    expect((await health()).health).toBe('damaged');
    restore();
    copyFileSync(path.join(folder, names[1] ?? ''), path.join(folder, names.at(-1) ?? ''));
    expect((await health()).health).toBe('damaged');
    restore();
    rmSync(path.join(folder, names.at(-1) ?? ''));
    expect((await health()).sequence).toBeLessThan(6); // the store knows the number it was stamped with
  });

  it('merges logs into a snapshot that keeps the newest versions, and no content the hub has', async () => {
    const journal = await open({ expected: false, logBytes: 400, mergeBytes: 1 });
    for (let n = 1; n <= 9; n++) {
      await put(journal, [row('a', `${n}-x`, n === 1 ? null : `${n - 1}-x`), row(`r${n}`, '1-x')], n - 1);
      if (n === 2) await journal.requests.settle({ collection: 'record', versions: [{ id: 'r1', rev: '1-x' }] });
    }
    await journal.requests.closed({ applied: 9 });
    const expected = await journal.requests.expected(null);
    await put(journal, [row('z', '1-x')], 9);
    await journal.tidy();
    expect(files().filter((name) => name.endsWith('.snap'))).toHaveLength(1);
    await journal.close();
    const again = await open();
    expect(await again.requests.state(null)).toMatchObject({ health: 'ok', sequence: 10 });
    const versions = await allVersions(again);
    expect(versions.map((version) => `${version.row.id} ${version.row.rev} ${version.settled} ${version.row.ct.length > 0}`)).toEqual([
      'a 9-x false true',
      'r1 1-x true false',
      ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => `r${n} 1-x false true`),
      'z 1-x false true',
    ]);
    expect(expected.record.count).toBe(10);
  });

  it('is written anew from the store, and stands as before until that is finished', async () => {
    const journal = await open({ expected: false });
    await put(journal, [row('a', '1-x')]);
    await journal.requests.restockBegin(null);
    await journal.requests.restockRows({ collection: 'record', packed: packRows([row('b', '3-x'), row('c', '1-x', null, '')]) });
    await journal.close();
    const interrupted = await open();
    expect((await allVersions(interrupted)).map((version) => version.row.id)).toEqual(['a']);
    await interrupted.requests.restockBegin(null);
    await interrupted.requests.restockRows({ collection: 'record', packed: packRows([row('b', '3-x'), row('c', '1-x', null, '')]) });
    await interrupted.requests.restockEnd({ generation: 2, resync: true, stamp: 0 });
    await put(interrupted, [row('d', '1-x')], 2);
    await interrupted.close();
    const again = await open();
    expect(await again.requests.state(null)).toMatchObject({ health: 'ok', generation: 2, resync: true, expected: { record: { count: 3 } } });
    expect((await allVersions(again)).map((version) => `${version.row.id} ${version.settled}`)).toEqual(['b false', 'c true', 'd false']);
  });

  it('keeps count and digest whatever order of writes, refusals and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ id: fc.integer({ min: 0, max: 4 }), fails: fc.boolean(), restart: fc.boolean() }), { maxLength: 25 }), async (steps) => {
        rmSync(folder, { recursive: true, force: true });
        let journal = await open({ expected: false, logBytes: 500, mergeBytes: 1 });
        const store = new Map<string, string>();
        let applied = 0;
        for (const [n, { id, fails, restart }] of steps.entries()) {
          const name = `r${id}`;
          const written = await put(journal, [row(name, `${n}-x`, store.get(name) ?? null)], applied);
          if (fails) await journal.requests.void({ collection: 'record', write: written, ids: [name] });
          else store.set(name, `${n}-x`);
          applied = written;
          if (!restart) continue;
          await journal.tidy();
          await journal.close();
          journal = await open();
        }
        expect((await journal.requests.expected(null)).record.count).toBe(store.size);
        const versions = await allVersions(journal);
        expect(versions.map((version) => [version.row.id, version.row.rev])).toEqual([...store].sort(([a], [b]) => (a < b ? -1 : 1)));
        await journal.close();
      }),
      { numRuns: 40 },
    );
  });

  it('says so when the disk is full, keeps what was acknowledged, and goes on when there is room', async ({ skip }) => {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) skip('no small disk can be mounted here');
    try {
      const journal = await open({ expected: false });
      await put(journal, [row('a', '1-x')]);
      writeFileSync(path.join(folder, 'ballast'), Buffer.alloc(40_000));
      const asked = checkedRequests(journal)['append'];
      await expect(asked?.({ collection: 'record', packed: packRows([row('b', '1-x', null, 'x'.repeat(40_000))]), applied: 1 } as never)).rejects.toEqual({ code: 'store-full' });
      rmSync(path.join(folder, 'ballast'));
      await put(journal, [row('c', '1-x')], 1);
      await journal.close();
      const again = await open();
      expect((await allVersions(again)).map((version) => version.row.id)).toEqual(['a', 'c']);
      await again.close();
    } finally {
      spawnSync('umount', [folder]);
    }
  });

  it('begins no new log, merge or rewriting on a full disk, gives back what they took, and goes on when there is room', async ({ skip }) => {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) skip('no small disk can be mounted here');
    const ballast = path.join(folder, 'ballast');
    const fill = (): void => {
      for (let full = false; !full;) full = spawnSync('sh', ['-c', 'head -c 4096 /dev/zero >>"$0"', ballast]).status !== 0;
    };
    try {
      const journal = await open({ expected: false, logBytes: 3000, mergeBytes: 3000 });
      for (let n = 0; n < 4; n++) await put(journal, [row('a', `${n}-x`, n === 0 ? null : `${n - 1}-x`, 'y'.repeat(1500))], n);
      const whole = files();
      fill();
      await expect(put(journal, [row('b', '1-x')], 4)).rejects.toMatchObject({ code: 'ENOSPC' });
      await expect(journal.tidy()).rejects.toMatchObject({ code: 'ENOSPC' });
      await journal.requests.restockBegin(null);
      const rows = Array.from({ length: 500 }, (_, n) => row(`c${n}`, '1-x', null, 'z'.repeat(40)));
      await expect(journal.requests.restockRows({ collection: 'record', packed: packRows(rows) })).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(files().filter((name) => name.endsWith('.new'))).toEqual([]);
      rmSync(ballast);
      await put(journal, [row('b', '1-x')], 4);
      await journal.tidy();
      expect(files()).not.toEqual(whole);
      await journal.close();
      const again = await open();
      expect((await again.requests.state(null)).health).toBe('ok');
      expect((await allVersions(again)).map((version) => [version.row.id, version.row.rev])).toEqual([
        ['a', '3-x'],
        ['b', '1-x'],
      ]);
      await again.close();
    } finally {
      await Promise.all(opened.splice(0).map((journal) => journal.close()));
      spawnSync('umount', [folder]);
    }
  });
});
