import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../../src-main/vault/manifest.ts';
import { runJob } from '../../../src-main/vault/run-job.ts';
import { places } from '../../../src-main/vault/vault-folder.ts';
import { scanForSecrets } from '../../lab/canary-scan.ts';
import { CHUNK, content, createTestVault, digest, MIB, newId, VAULT_CANARY, valueOf, vaultIn, type TestVault } from './vault-fixture.ts';

const never = new AbortController().signal;
const quiet = () => undefined;

async function chunksOf({ vault }: TestVault, id: string): Promise<readonly string[]> {
  const manifest = await readManifest(vault, id);
  if (typeof manifest === 'string') throw new Error(manifest);
  return manifest.chunks.map((address) => places.chunk(vault.folder, address));
}
const verify = async ({ vault }: TestVault, id: string, sha256: string) => valueOf(await runJob(vault, { kind: 'verify', id, sha256 }, never, quiet));
const exported = ({ vault }: TestVault, id: string, target: string, signal = never) => runJob(vault, { kind: 'export', job: newId(), id, target }, signal, quiet);

describe('round trip', () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 12_345])('brings %i bytes back whole, with the digests of the plain file', async (size) => {
    const test = createTestVault();
    const plain = content(size);
    const item = valueOf(await test.add(test.source('source.bin', plain)));
    expect(item).toMatchObject({ sizeBytes: size, sha256: digest('sha256', plain), sha512: digest('sha512', plain) });
    expect(await verify(test, item.vaultId, item.sha256)).toMatchObject({ state: 'intact', faultCount: 0, chunks: Math.ceil(size / CHUNK) });
    const target = path.join(test.root, 'out.bin');
    valueOf(await exported(test, item.vaultId, target));
    expect(digest('sha256', readFileSync(target))).toBe(item.sha256);
    expect(readFileSync(`${target}.hashes.txt`, 'utf8')).toContain(`${item.sha256}  out.bin`);
    expect(readFileSync(`${target}.hashes.txt`, 'utf8')).toContain(item.sha512);
    rmSync(test.root, { recursive: true });
  });

  it('leaves no plaintext, no file name and no digest in the folder', async () => {
    const test = createTestVault();
    const plain = content(9 * MIB);
    const item = valueOf(await test.add(test.source('name-of-a-suspect.zip', plain)));
    const scan = scanForSecrets(test.vault.folder, [VAULT_CANARY, 'name-of-a-suspect', item.sha256, 'words of a witness']);
    expect(scan.files).toBeGreaterThan(3);
    expect(scan.hits).toEqual([]);
    expect(readdirSync(test.vault.folder, { recursive: true, encoding: 'utf8' }).some((name) => name.includes(item.sha256))).toBe(false);
  });

  it('tells the media type by the first bytes, not by the name', async () => {
    const test = createTestVault();
    const pdf = valueOf(await test.add(test.source('holiday.jpg', Buffer.from('%PDF-1.7 synthetic'))));
    const tar = Buffer.alloc(1024);
    tar.write('ustar', 257);
    expect(pdf.mediaType).toBe('application/pdf');
    expect(valueOf(await test.add(test.source('a', tar))).mediaType).toBe('application/x-tar');
    expect(valueOf(await test.add(test.source('b.pdf', Buffer.from('plain words')))).mediaType).toBe('application/octet-stream');
  });

  it('stores equal chunks once, inside a file and between files, and a second vault shares no name', async () => {
    const test = createTestVault();
    const half = content(CHUNK);
    const twice = valueOf(await test.add(test.source('twice', Buffer.concat([half, half, new Uint8Array([1])]))));
    expect(new Set(await chunksOf(test, twice.vaultId)).size).toBe(2);
    const again = valueOf(await test.add(test.source('again', half)));
    expect(await chunksOf(test, again.vaultId)).toEqual((await chunksOf(test, twice.vaultId)).slice(0, 1));
    expect((await verify(test, again.vaultId, again.sha256)).state).toBe('intact');
  });
});

describe('tampering', () => {
  async function damaged(harm: (files: readonly string[], test: TestVault, id: string) => void) {
    const test = createTestVault();
    const item = valueOf(await test.add(test.source('source', content(2 * CHUNK + 100))));
    harm(await chunksOf(test, item.vaultId), test, item.vaultId);
    const check = await verify(test, item.vaultId, item.sha256);
    const target = path.join(test.root, 'out');
    const out = await exported(test, item.vaultId, target);
    expect(out).toMatchObject({ ok: false, error: { code: 'vault-damaged' } });
    expect(readdirSync(test.root).filter((name) => name.startsWith('out'))).toEqual([]);
    return check;
  }
  const at = (files: readonly string[], index: number) => files[index] ?? '';
  const flip = (file: string, position: number) => {
    const bytes = readFileSync(file);
    bytes[position] = (bytes[position] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  };

  it.each([0, 5, 12, 13, 2 * MIB, CHUNK + 27])('finds one flipped bit at byte %i and names the chunk', async (position) => {
    expect(await damaged((files) => flip(at(files, 1), position))).toMatchObject({ state: 'chunks-damaged', faultCount: 1, faults: [{ chunk: 2, kind: 'damaged' }] });
  });
  it('finds a truncated, an emptied and a lengthened chunk', async () => {
    expect(await damaged((files) => truncateSync(at(files, 2), 50))).toMatchObject({ faults: [{ chunk: 3, kind: 'damaged' }] });
    expect(await damaged((files) => truncateSync(at(files, 0), 0))).toMatchObject({ faults: [{ chunk: 1, kind: 'damaged' }] });
    expect(await damaged((files) => writeFileSync(at(files, 2), 'x', { flag: 'a' }))).toMatchObject({ faults: [{ chunk: 3, kind: 'damaged' }] });
  });
  it('finds missing chunks, all of them', async () => {
    expect(await damaged((files) => [0, 2].forEach((index) => rmSync(at(files, index))))).toMatchObject({
      faultCount: 2,
      faults: [
        { chunk: 1, kind: 'missing' },
        { chunk: 3, kind: 'missing' },
      ],
    });
  });
  it('finds two chunks that changed places', async () => {
    const swap = (files: readonly string[]) => {
      const first = readFileSync(at(files, 0));
      copyFileSync(at(files, 1), at(files, 0));
      writeFileSync(at(files, 1), first);
    };
    expect((await damaged(swap)).faultCount).toBe(2);
  });
  it('finds a manifest that is gone, altered or put in place of another', async () => {
    expect((await damaged((_files, { vault }, id) => rmSync(places.manifest(vault.folder, id)))).state).toBe('manifest-missing');
    expect((await damaged((_files, { vault }, id) => flip(places.manifest(vault.folder, id), 40))).state).toBe('manifest-damaged');
    const test = createTestVault();
    const [a, b] = [valueOf(await test.add(test.source('a', content(10)))), valueOf(await test.add(test.source('b', content(20))))];
    copyFileSync(places.manifest(test.vault.folder, b.vaultId), places.manifest(test.vault.folder, a.vaultId));
    expect((await verify(test, a.vaultId, a.sha256)).state).toBe('manifest-damaged');
  });
  it('finds that the exhibit is not the one its record names', async () => {
    const test = createTestVault();
    const item = valueOf(await test.add(test.source('a', content(10))));
    expect((await verify(test, item.vaultId, '0'.repeat(64))).state).toBe('hash-differs');
  });
  it('heals a damaged chunk when the same content is added again', async () => {
    const test = createTestVault();
    const source = test.source('a', content(CHUNK + 9));
    const item = valueOf(await test.add(source));
    flip(at(await chunksOf(test, item.vaultId), 0), 99);
    expect((await verify(test, item.vaultId, item.sha256)).state).toBe('chunks-damaged');
    valueOf(await test.add(source));
    expect((await verify(test, item.vaultId, item.sha256)).state).toBe('intact');
  });
  it('opens nothing with another key', async () => {
    const test = createTestVault();
    const item = valueOf(await test.add(test.source('a', content(10))));
    const { deriveVaultKeys } = await import('../../../src-main/vault/vault-keys.ts');
    const stranger = { ...vaultIn(test.root), keys: deriveVaultKeys(new Uint8Array(32)) };
    expect(await readManifest(stranger, item.vaultId)).toBe('damaged');
  });
});

describe('an import that does not go through', () => {
  it('refuses a source that is gone, is a folder, or changes, and keeps what was sealed', async () => {
    const test = createTestVault();
    expect(await test.add(path.join(test.root, 'gone'))).toMatchObject({ error: { code: 'vault-source-gone', detail: { name: 'gone' } } });
    expect(await test.add(test.root)).toMatchObject({ error: { code: 'vault-source-gone' } });
    expect(valueOf(await runJob(test.vault, { kind: 'unfinished', first: true }, never, quiet))).toEqual([]);
  });

  it('stops when asked, lists what is unfinished, resumes, and begins again where the source changed', async () => {
    const test = createTestVault();
    const plain = content(20 * CHUNK);
    const source = test.source('source', plain);
    const id = newId();
    const stop = new AbortController();
    const stopped = await runJob(test.vault, { kind: 'begin', id, source, name: 'source', note: 'note' }, stop.signal, (_stage, done) => done >= 18 * CHUNK && stop.abort());
    expect(stopped).toMatchObject({ error: { code: 'vault-stopped' } });
    const [unfinished] = valueOf(await runJob(test.vault, { kind: 'unfinished', first: true }, never, quiet));
    expect(unfinished).toMatchObject({ job: id, name: 'source', note: 'note', item: null });
    expect(unfinished?.doneBytes).toBeGreaterThanOrEqual(16 * CHUNK);
    // Same size, other content, and a clock put back: only the bytes tell.
    const { mtime, atime } = statSync(source);
    writeFileSync(source, Buffer.concat([Buffer.from('X'), plain.subarray(1)]));
    utimesSync(source, atime, mtime);
    const resume = () => runJob(test.vault, { kind: 'import', id }, never, quiet);
    expect(await resume()).toMatchObject({ error: { code: 'vault-source-changed' } });
    const item = valueOf(await resume());
    expect(item.sha256).toBe(digest('sha256', readFileSync(source)));
    expect(valueOf(await runJob(test.vault, { kind: 'unfinished', first: true }, never, quiet))).toMatchObject([{ job: id, item: { sha256: item.sha256 } }]);
    valueOf(await runJob(test.vault, { kind: 'settle', id }, never, quiet));
    expect(valueOf(await runJob(test.vault, { kind: 'unfinished', first: true }, never, quiet))).toEqual([]);
    expect((await verify(test, id, item.sha256)).state).toBe('intact');
  }, 20_000);

  it('discards an unfinished import with its chunks, but not those another exhibit needs, and never a sealed one', async () => {
    const test = createTestVault();
    const shared = content(CHUNK);
    const kept = valueOf(await test.add(test.source('kept', shared)));
    const id = newId();
    const stop = new AbortController();
    const source = test.source('source', Buffer.concat([shared, content(3 * CHUNK)]));
    await runJob(test.vault, { kind: 'begin', id, source, name: 'source', note: '' }, stop.signal, (_stage, done) => done >= 3 * CHUNK && stop.abort());
    const count = () => readdirSync(path.join(test.vault.folder, 'chunks'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
    expect(count()).toBeGreaterThan(1);
    valueOf(await runJob(test.vault, { kind: 'discard', id }, never, quiet));
    expect(count()).toBe(1);
    valueOf(await runJob(test.vault, { kind: 'discard', id: kept.vaultId }, never, quiet));
    expect((await verify(test, kept.vaultId, kept.sha256)).state).toBe('intact');
  });

  it('removes the partial file of a stopped export, and after an abrupt end when the vault is opened', async () => {
    const test = createTestVault();
    const item = valueOf(await test.add(test.source('source', content(3 * CHUNK))));
    const stop = new AbortController();
    const target = path.join(test.root, 'out');
    const half = await runJob(test.vault, { kind: 'export', job: newId(), id: item.vaultId, target }, stop.signal, () => stop.abort());
    expect(half).toMatchObject({ error: { code: 'vault-stopped' } });
    expect(readdirSync(test.root).filter((name) => name.startsWith('out'))).toEqual([]);
    // An export that is cut off: its note and its partial file lie there.
    const cut = {
      ...test.vault,
      disk: { ...test.vault.disk, remove: () => Promise.resolve(), rename: (from: string, to: string) => (to === target ? Promise.reject(new Error('cut')) : test.vault.disk.rename(from, to)) },
    };
    await runJob(cut, { kind: 'export', job: newId(), id: item.vaultId, target }, never, quiet);
    expect(readdirSync(test.root).some((name) => name.endsWith('.part'))).toBe(true);
    await runJob(test.vault, { kind: 'unfinished', first: true }, never, quiet);
    expect(readdirSync(test.root).some((name) => name.endsWith('.part'))).toBe(false);
    expect(existsSync(target)).toBe(false);
  });
});
