import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeDisk, type VaultDisk } from '../../../src-main/vault/disk.ts';
import { runJob } from '../../../src-main/vault/run-job.ts';
import { CRASH_POINTS } from '../../../src-main/vault/vault-folder.ts';
import { scanForSecrets } from '../../lab/canary-scan.ts';
import { CHUNK, content, createTestVault, digest, MIB, newId, VAULT_CANARY, valueOf } from './vault-fixture.ts';

const never = new AbortController().signal;
const quiet = () => undefined;

describe('an abrupt end', () => {
  // 19 chunks, the last one short: two batches.
  const plain = content(18 * CHUNK + 17);

  function run(test: ReturnType<typeof createTestVault>, source: string, id: string, point: string, nth: number): { readonly killed: boolean; readonly acknowledged: boolean } {
    const child = spawnSync(process.execPath, ['test/lab/vault-child.ts', test.vault.folder, source, id, point, String(nth)], { encoding: 'utf8' });
    return { killed: child.signal === 'SIGKILL', acknowledged: child.stdout.includes('sha256') };
  }

  it.each(CRASH_POINTS.flatMap((point) => (['chunk-written', 'chunk-named', 'batch-synced', 'batch-noted'].includes(point) ? [1, 2].map((nth) => [point, nth] as const) : [[point, 1] as const])))(
    'at %s (%i) loses nothing: the import resumes and the exhibit is whole',
    async (point, nth) => {
      const test = createTestVault();
      const source = test.source('source', plain);
      const id = newId();
      const first = run(test, source, id, point, nth);
      expect(first.killed).toBe(true);
      const left = valueOf(await runJob(test.vault, { kind: 'unfinished', first: true }, never, quiet));
      if (first.acknowledged) expect(left.every(({ item }) => item !== null)).toBe(true);
      else expect(left).toHaveLength(1);
      if (point === 'batch-noted') expect(left[0]?.doneBytes).toBe(Math.min(plain.length, nth * 16 * CHUNK));
      expect(scanForSecrets(test.vault.folder, [VAULT_CANARY]).hits).toEqual([]);
      const stages = new Set<string>();
      const item = valueOf(await runJob(test.vault, { kind: 'import', id }, never, (stage) => stages.add(stage)));
      expect(stages.has('checking')).toBe((left[0]?.doneBytes ?? 0) > 0 && left[0]?.item === null);
      expect(item.sha256).toBe(digest('sha256', plain));
      expect(valueOf(await runJob(test.vault, { kind: 'verify', id, sha256: item.sha256 }, never, quiet)).state).toBe('intact');
      valueOf(await runJob(test.vault, { kind: 'settle', id }, never, quiet));
      expect(readdirSync(path.join(test.vault.folder, 'tmp'))).toEqual([]);
      rmSync(test.root, { recursive: true });
    },
    30_000,
  );

  it('notes a chunk only after its bytes, its name and its folder are flushed', async () => {
    const flushed = new Set<string>();
    const named = new Set<string>();
    const broken: string[] = [];
    const disk: VaultDisk = {
      ...nodeDisk,
      createFile: async (file) => {
        const handle = await nodeDisk.createFile(file);
        return { ...handle, sync: async () => (await handle.sync(), void flushed.add(file)) };
      },
      rename: async (from, to) => {
        if (!flushed.has(from)) broken.push(`${to} named before it was flushed`);
        await nodeDisk.rename(from, to);
        named.add(to);
      },
      syncFolder: async (folder) => {
        await nodeDisk.syncFolder(folder);
        for (const file of named) if (path.dirname(file) === folder) named.delete(file);
      },
      append: async (file, bytes) => {
        for (const pending of named) if (pending.includes(`${path.sep}chunks${path.sep}`) && !late.has(pending)) broken.push(`${pending} noted before its folder was flushed`);
        await nodeDisk.append(file, bytes);
      },
    };
    // One batch only: chunks of a later batch may be named while an earlier one is noted.
    const late = new Set<string>();
    const test = createTestVault(disk);
    valueOf(await test.add(test.source('source', content(15 * CHUNK))));
    expect(broken).toEqual([]);
    expect(flushed.size).toBeGreaterThanOrEqual(15);
  });
});

describe('a full disk', () => {
  it('keeps what is durable, says so, and goes on when there is room', async () => {
    let budget = 20 * CHUNK;
    const disk: VaultDisk = {
      ...nodeDisk,
      createFile: async (file) => {
        const handle = await nodeDisk.createFile(file);
        return {
          ...handle,
          write: (bytes) => {
            budget -= bytes.length;
            return budget < 0 ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : handle.write(bytes);
          },
        };
      },
    };
    const test = createTestVault(disk);
    const plain = content(30 * CHUNK);
    const id = newId();
    expect(await test.add(test.source('source', plain), id)).toMatchObject({ ok: false, error: { code: 'store-full' } });
    budget = Number.POSITIVE_INFINITY;
    const [left] = valueOf(await runJob(test.vault, { kind: 'unfinished', first: true }, never, quiet));
    expect(left?.doneBytes).toBe(16 * CHUNK);
    const item = valueOf(await runJob(test.vault, { kind: 'import', id }, never, quiet));
    expect(item.sha256).toBe(digest('sha256', plain));
    expect(valueOf(await runJob(test.vault, { kind: 'verify', id, sha256: item.sha256 }, never, quiet)).state).toBe('intact');
  }, 20_000);

  it('is refused before the first byte where the file cannot fit', async () => {
    const test = createTestVault({ ...nodeDisk, freeBytes: () => Promise.resolve(70 * MIB) });
    const source = test.source('source', content(8 * MIB));
    expect(await test.add(source)).toMatchObject({ error: { code: 'vault-no-room', detail: { name: 'source', freeBytes: 70 * MIB } } });
    expect(readdirSync(path.join(test.vault.folder, 'chunks'))).toEqual([]);
  });

  it('a source that fails to read half way keeps the durable part', async () => {
    let broken = true;
    const disk: VaultDisk = {
      ...nodeDisk,
      openFile: async (file) => {
        const handle = await nodeDisk.openFile(file);
        return { ...handle, read: (buffer, position) => (broken && position >= 17 * CHUNK ? Promise.reject(Object.assign(new Error('io'), { code: 'EIO' })) : handle.read(buffer, position)) };
      },
    };
    const test = createTestVault(disk);
    const plain = content(20 * CHUNK);
    const id = newId();
    expect(await test.add(test.source('source', plain), id)).toMatchObject({ error: { code: 'vault-source-gone', detail: { name: 'source' } } });
    expect(valueOf(await runJob(test.vault, { kind: 'unfinished', first: true }, never, quiet))[0]?.doneBytes).toBeGreaterThanOrEqual(16 * CHUNK);
    broken = false;
    expect(valueOf(await runJob(test.vault, { kind: 'import', id }, never, quiet)).sha256).toBe(digest('sha256', plain));
  }, 20_000);
});

describe('a small volume of its own', () => {
  const root = createTestVault().root;
  const volume = path.join(root, 'volume');
  let isMounted = false;
  beforeAll(() => {
    mkdirSync(volume);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', volume], { stdio: 'ignore' });
      isMounted = true;
    } catch {
      console.log('no permission to mount: the full volume is not tried, the simulated one is');
    }
  });
  afterAll(() => {
    if (isMounted) execFileSync('umount', [volume]);
  });

  it('that fills up during an import keeps the durable part', async (context) => {
    if (!isMounted) return context.skip('mount is not permitted here');
    const test = createTestVault({ ...nodeDisk, freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER) });
    const vault = { ...test.vault, folder: path.join(volume, 'vault') };
    const source = test.source('source', content(40 * CHUNK));
    const id = newId();
    const full = await runJob(vault, { kind: 'begin', id, source, name: 'source', note: '' }, never, quiet);
    expect(full).toMatchObject({ ok: false, error: { code: 'store-full' } });
    expect(valueOf(await runJob(vault, { kind: 'unfinished', first: true }, never, quiet))[0]?.doneBytes).toBe(16 * CHUNK);
    execFileSync('mount', ['-o', 'remount,size=300m', volume]);
    expect(valueOf(await runJob(vault, { kind: 'import', id }, never, quiet)).sha256).toBe(digest('sha256', readFileSync(source)));
    // And a target that fills up: the partial export is gone, the exhibit is whole.
    const out = await runJob(vault, { kind: 'export', job: newId(), id, target: path.join(volume, 'out') }, never, quiet);
    expect(out).toMatchObject({ ok: false, error: { code: 'vault-export-failed' } });
    expect(readdirSync(volume)).toEqual(['vault']);
  }, 30_000);
});
