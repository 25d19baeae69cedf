import { generateKeyPairSync, sign, verify, randomUUID, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUNDLE_LIFE_MS, type BundleFrame, type BundleHead } from '#shared/contract/bundle.ts';
import { BundleError, readBundle, writeBundle, type BundleReader, type ReadBytes } from '#shared/contract/bundle-file.ts';
import { agreeWith, BUNDLE_CRYPTO, sealFor } from '../../../src-hub/identity/bundle-crypto.ts';
import * as main from '../../../src-main/courier/courier-crypto.ts';

const raw = (key: KeyObject) => new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-32));
const signing = generateKeyPairSync('ed25519');
const box = generateKeyPairSync('x25519');
const NOW = 1_795_300_000_000;
const HEAD: BundleHead = { t: 'head', kind: 'request', id: randomUUID(), device: randomUUID(), seq: 3, hub: '00'.repeat(10), made: NOW, expires: NOW + BUNDLE_LIFE_MS, epoch: '', cursor: '' };
const page = (n: number): BundleFrame => ({ t: 'page', from: `e:${n}:0`, cursor: `e:${n + 1}:0`, rows: [{ id: `row-${n}`, gone: true }], done: false });

function written(frames: readonly BundleFrame[], head = HEAD, signer = signing.privateKey): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = writeBundle(BUNDLE_CRYPTO, sealFor(raw(box.publicKey)), head, (bytes) => void parts.push(bytes));
  for (const frame of frames) writer.add(frame);
  writer.end((bytes) => new Uint8Array(sign(null, bytes, signer)));
  return new Uint8Array(Buffer.concat(parts));
}
function reader(over: Partial<BundleReader> = {}): BundleReader {
  const boxKey = raw(box.publicKey);
  return {
    boxKey,
    agree: (eph) => agreeWith(box.privateKey, boxKey, eph),
    isMine: ({ seq }) => seq === 3,
    verify: (_head, bytes, signature) => verify(null, bytes, signing.publicKey, signature),
    now: NOW,
    ...over,
  };
}
const opener = (bytes: Uint8Array) => (): ReadBytes => {
  let at = 0;
  return (length) => bytes.subarray(at, (at += length));
};
async function problemOf(bytes: Uint8Array, over: Partial<BundleReader> = {}): Promise<string> {
  try {
    await readBundle(BUNDLE_CRYPTO, reader(over), opener(bytes));
    return 'none';
  } catch (error) {
    return error instanceof BundleError ? error.code : String(error);
  }
}

describe('a bundle', () => {
  it('gives back what was put in, in order, as often as it is asked, to either side’s cryptography', async () => {
    const frames = Array.from({ length: 5 }, (_, n) => page(n));
    const bytes = written(frames);
    for (const crypto of [BUNDLE_CRYPTO, main.BUNDLE_CRYPTO]) {
      const read = await readBundle(crypto, reader({ agree: (eph) => main.agreeWith(box.privateKey, eph) }), opener(bytes));
      expect(read.head).toEqual(HEAD);
      for (let again = 0; again < 2; again++) expect([...read.frames()]).toEqual(frames);
    }
  });

  it('is refused with any byte changed, anywhere', async () => {
    const bytes = written([page(1), page(2)]);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const bent = bytes.slice();
        bent[at] = (bent[at] ?? 0) ^ bits;
        expect(await problemOf(bent)).not.toBe('none');
      }),
    );
  });

  it('is refused cut anywhere, and with anything behind it', async () => {
    const bytes = written([page(1), page(2)]);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        expect(await problemOf(bytes.subarray(0, length))).toMatch(/^bundle-(incomplete|unknown)$/);
      }),
    );
    expect(await problemOf(new Uint8Array([...bytes, 0]))).toBe('bundle-altered');
  });

  it('is refused with frames left out, doubled or in another order', async () => {
    const bytes = written([page(1), page(2), page(3)]);
    const pieces = cut(bytes);
    const order = (picks: readonly number[]) => new Uint8Array(Buffer.concat(picks.map((n) => pieces[n] ?? new Uint8Array())));
    expect(pieces).toHaveLength(7); // magic, clear head, head, three pages, end
    expect(await problemOf(order([0, 1, 2, 3, 4, 5, 6]))).toBe('none');
    for (const picks of [
      [0, 1, 2, 4, 5, 6],
      [0, 1, 2, 4, 3, 5, 6],
      [0, 1, 2, 3, 3, 4, 5, 6],
      [0, 1, 2, 6],
      [0, 1, 3, 2, 4, 5, 6],
    ])
      expect(await problemOf(order(picks))).toBe('bundle-altered');
    expect(await problemOf(order([0, 1, 2, 3, 4, 5]))).toBe('bundle-incomplete');
    // Frames of another bundle to the same reader.
    const other = cut(written([page(1), page(2), page(3)]));
    expect(await problemOf(new Uint8Array(Buffer.concat([...pieces.slice(0, 4), ...other.slice(4)])))).toBe('bundle-altered');
  });

  it('names why: another recipient, another hub, another signer, out of date, newer, no bundle', async () => {
    const bytes = written([page(1)]);
    const stranger = generateKeyPairSync('x25519');
    expect(await problemOf(bytes, { boxKey: raw(stranger.publicKey) })).toBe('bundle-misaddressed');
    expect(await problemOf(bytes, { isMine: () => false })).toBe('bundle-misaddressed');
    expect(await problemOf(written([page(1)], HEAD, generateKeyPairSync('ed25519').privateKey))).toBe('bundle-forged');
    expect(await problemOf(bytes, { now: NOW + BUNDLE_LIFE_MS + 1 })).toBe('bundle-expired');
    expect(await problemOf(bytes, { now: NOW - 10 * 86_400_000 })).toBe('bundle-expired');
    expect(await problemOf(bytes, { now: NOW - 86_400_000 })).toBe('none');
    expect(await problemOf(new TextEncoder().encode('SUARBACKUP and more of it'))).toBe('bundle-unknown');
    expect(await problemOf(new Uint8Array())).toBe('bundle-unknown');
  });
});

/** The pieces of a bundle: the magic, then every length with its bytes. */
function cut(bytes: Uint8Array): Uint8Array[] {
  const pieces = [bytes.subarray(0, 8)];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 8; at < bytes.length;) {
    const end = at + 4 + view.getUint32(at);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}
