/** The disk of the stores as SQLite's own file system has it, over a private file system in memory. */
import type { Database } from '@evolu/sqlite-wasm';
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RECORD_SCHEMA } from '../../../src-renderer/db/record-schema.ts';
import { planLayout } from '../../../src-renderer/db/sealing/layout.ts';
import { storeFolder } from '../../../src-renderer/db/sqlite/folders.ts';
import { openOpfsDisk } from '../../../src-renderer/db/sqlite/open-opfs-disk.ts';
import type { StoreDisk } from '../../../src-renderer/db/sqlite/store-disk.ts';
import { openStoreFile } from '../../../src-renderer/db/sqlite/store-file.ts';
import { loadOwnSqlite } from '../../factories/own-sqlite.ts';
import { createPrivateFiles, type PrivateFiles } from '../../factories/private-files.ts';
import { recordEnvelope } from '../../factories/records.ts';

const engine = vi.hoisted(() => ({ loading: undefined as Promise<unknown> | undefined }));
vi.mock('../../../src-renderer/db/sqlite/engine.ts', () => ({ loadSqlite: () => engine.loading }));

/** A worker of its own: SQLite begins anew. */
async function openInNewWorker(profile = 'p'): Promise<StoreDisk> {
  engine.loading = loadOwnSqlite();
  return openOpfsDisk(profile);
}

function exclusive(disk: StoreDisk, name: string): Database {
  return disk.open(name).exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL');
}

function fill(disk: StoreDisk, name = 'store'): void {
  exclusive(disk, name).exec('CREATE TABLE t(x); INSERT INTO t VALUES(1)');
}

function rowsIn(disk: StoreDisk): unknown {
  return exclusive(disk, 'store').selectValue('SELECT count(*) FROM t');
}

describe('the stores in the private file system', () => {
  let files: PrivateFiles;
  beforeEach(() => {
    for (const level of ['warn', 'error', 'log'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
    files = createPrivateFiles();
    for (const [name, value] of Object.entries(files.globals)) vi.stubGlobal(name, value);
  });
  afterEach(() => vi.unstubAllGlobals());

  it('keeps them when the worker before lets go of its files while they are opened', async () => {
    fill(await openInNewWorker());
    files.onRefused = files.release;
    const next = await openInNewWorker();
    expect(next.names()).toEqual(['store']);
    expect(rowsIn(next)).toBe(1);
  });

  it('waits for the worker before, and has the files then', async () => {
    fill(await openInNewWorker());
    setTimeout(files.release, 300);
    expect(rowsIn(await openInNewWorker())).toBe(1);
  });

  it('are those of the profile, also in a worker that had another one open', async () => {
    fill(await openInNewWorker());
    expect((await openOpfsDisk('q')).names()).toEqual([]);
    expect((await openOpfsDisk('p')).names()).toEqual(['store']);
  });

  it('makes the files a first start that was cut did not', async () => {
    const folder = (await navigator.storage.getDirectory()) as FileSystemDirectoryHandle;
    const pool = await (await folder.getDirectoryHandle(storeFolder('p'))).getDirectoryHandle('.opaque');
    await pool.getFileHandle('cut');
    const disk = await openInNewWorker();
    for (const name of ['a', 'b', 'c', 'd']) fill(disk, name);
    expect(disk.names()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('compares the indexes of a table without reading its rows', async () => {
    const layout = planLayout('record', fillWithDefaultSettings(RECORD_SCHEMA) as never, ['ref']);
    const table = async () => openStoreFile(await openInNewWorker(), 'store', true, () => undefined).table(layout);
    const rows = Array.from({ length: 2000 }, (_, n) => ({ ...recordEnvelope(n), _rev: '1-a', _deleted: false, _meta: { lwt: n }, ct: new Uint8Array(3000) }));
    (await table()).put(rows as never);
    files.release();
    const opened = await table();
    const before = files.reads();
    expect(opened.isEven()).toBe(true);
    expect(files.reads() - before).toBeLessThan(400);
    opened.after(undefined, 2000);
    expect(files.reads() - before).toBeGreaterThan(800);
  });
});
