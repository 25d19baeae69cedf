import { appendFileSync, mkdtempSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { randomBytes, verify } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimSigningBytes } from '#shared/contract/wire.ts';
import { createPublicKey } from 'node:crypto';
import { signMandate, signRelease } from '../../../src-main/link/claims.ts';
import { openKeptDirectory } from '../../../src-main/link/kept-directory.ts';
import { openSealLedger, type SealedVersion } from '../../../src-main/link/seal-ledger.ts';
import { createIdentity, privateKeyOf } from '../../../src-main/keys/identity.ts';
import { admittedDevice, directoryOf } from './device.ts';

const key = randomBytes(32);
const file = () => path.join(mkdtempSync(path.join(tmpdir(), 'suar-link-')), 'f.bin');
const version = (n: number): SealedVersion => ({ rev: `rev-${n}`, sha256: `${n}`.repeat(64).slice(0, 64), contentKey: Buffer.alloc(32, n) });
const note = (name: string, ...entries: readonly [string, number][]) => openSealLedger(name, key).note(new Map(entries.map(([id, n]) => [id, version(n)])));
const revOf = (name: string, id: string) => openSealLedger(name, key).get(id)?.rev;

describe('seal ledger', () => {
  it('keeps the newest version of each record over restarts', () => {
    const name = file();
    note(name, ['a', 1], ['b', 1]);
    note(name, ['a', 2]);
    expect([revOf(name, 'a'), revOf(name, 'b'), revOf(name, 'c')]).toEqual(['rev-2', 'rev-1', undefined]);
    expect(Buffer.from(openSealLedger(name, key).get('a')?.contentKey ?? [])).toEqual(Buffer.alloc(32, 2));
  });

  it('becomes one batch when it is opened, and says nothing in clear', () => {
    const name = file();
    const ledger = openSealLedger(name, key);
    for (let n = 0; n < 50; n++) ledger.note(new Map([['record-id', version(n % 9)]]));
    const before = statSync(name).size;
    expect(revOf(name, 'record-id')).toBe('rev-4');
    expect(statSync(name).size).toBeLessThan(before / 20);
    expect(readFileSync(name).includes('record-id')).toBe(false);
  });

  it('drops a batch that a crash cut, whichever byte is the last, and reads what is appended afterwards', () => {
    const whole = file();
    note(whole, ['a', 1]);
    const first = statSync(whole).size;
    appendFileSync(whole, readFileSync(whole));
    for (const size of [0, 1, 3, 4, 5, 40, first - 1, first, first + 1, first + 4, first + 30, first * 2 - 1]) {
      const name = file();
      writeFileSync(name, readFileSync(whole));
      truncateSync(name, size);
      note(name, ['b', 2]);
      expect([revOf(name, 'a'), revOf(name, 'b')], `${size} bytes`).toEqual([size >= first ? 'rev-1' : undefined, 'rev-2']);
    }
  });

  it('starts empty under another key and on garbage', () => {
    const name = file();
    note(name, ['a', 1]);
    expect(openSealLedger(name, randomBytes(32)).get('a')).toBeUndefined();
    writeFileSync(name, randomBytes(500));
    expect(revOf(name, 'a')).toBeUndefined();
  });

  it('writes nothing for nothing', () => {
    const name = file();
    note(name);
    expect(() => statSync(name)).toThrow();
  });
});

describe('kept directory', () => {
  const device = admittedDevice('la');
  it('reads back what was written under its key, and is absent otherwise', () => {
    const name = file();
    const directory = directoryOf(device.identity, { la: device.unitKey, ph: null });
    expect(openKeptDirectory(name, key).read()).toBeUndefined();
    const kept = openKeptDirectory(name, key);
    expect(kept.write(directory, 1000)).toBe(1000);
    expect(openKeptDirectory(name, key).read()).toMatchObject({ asOfMs: 1000, directory: { units: [{ id: 'la' }, { id: 'ph' }] } });
    // heard again and unchanged, it is as it is since then, also after a restart
    expect(kept.write(directory, 2000)).toBe(1000);
    const again = openKeptDirectory(name, key);
    again.read();
    expect(again.write(directory, 3000)).toBe(1000);
    expect(again.write({ ...directory, units: directory.units.slice(1) }, 3000)).toBe(3000);
    expect(openKeptDirectory(name, key).read()).toMatchObject({ asOfMs: 3000, directory: { units: [{ id: 'ph' }] } });
    expect(openKeptDirectory(name, randomBytes(32)).read()).toBeUndefined();
    truncateSync(name, 20);
    expect(openKeptDirectory(name, key).read()).toBeUndefined();
  });
});

describe('claims', () => {
  const ncb = admittedDevice('la', [], 'ncb');
  const officer = admittedDevice('la');
  const NOW = Date.UTC(2026, 10, 5);
  const ledger = { get: (id: string) => (id === 'r' ? version(1) : undefined), note: () => undefined };
  const request = { record: 'r', rev: 'rev-1', audience: ['u:ph', 'u:la', 'u:ph'], purpose: 'prevention', legalBasis: 'national-law', days: 90 };
  const mandate = { bucket: 't:op', entities: ['case', 'brief'], tlpCeiling: 'AMBER' as const, purpose: 'prevention', legalBasis: 'national-law', days: 1 };

  it('of a release is signed over exactly the version this device pulled', () => {
    const answer = signRelease(request, ncb.identity, ledger, NOW);
    if (!answer.ok) throw new Error(answer.error.code);
    const { claim, signature } = answer.value;
    expect(claim).toMatchObject({
      kind: 'release',
      record: 'r',
      rev: 'rev-1',
      sha256: version(1).sha256,
      audience: ['u:la', 'u:ph'],
      signedAt: '2026-11-05T00:00:00.000Z',
      expires: '2027-02-03T00:00:00.000Z',
      signer: ncb.identity.deviceId,
    });
    const publicKey = createPublicKey(privateKeyOf(ncb.identity.signKey));
    expect(verify(null, claimSigningBytes(claim), publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(verify(null, claimSigningBytes({ ...claim, expires: '2030-01-01T00:00:00.000Z' }), publicKey, Buffer.from(signature, 'base64url'))).toBe(false);
    expect(signature).toHaveLength(86);
  });

  it('are refused to a device that is not enrolled, to an officer without the role, and for another version', () => {
    expect(signRelease(request, createIdentity('x'), ledger, NOW)).toEqual({ ok: false, error: { code: 'not-enrolled' } });
    expect(signRelease(request, officer.identity, ledger, NOW)).toEqual({ ok: false, error: { code: 'release-not-ncb' } });
    for (const over of [{ rev: 'rev-2' }, { record: 'unknown' }]) expect(signRelease({ ...request, ...over }, ncb.identity, ledger, NOW)).toEqual({ ok: false, error: { code: 'release-changed' } });
    expect(signMandate(mandate, createIdentity('x'), undefined, NOW)).toEqual({ ok: false, error: { code: 'not-enrolled' } });
    expect(signMandate(mandate, officer.identity, undefined, NOW)).toEqual({ ok: false, error: { code: 'release-not-ncb' } });
    expect(signMandate(mandate, ncb.identity, undefined, NOW)).toEqual({ ok: false, error: { code: 'hub-unreachable' } });
  });

  it('of a mandate names the own country, as the directory says it', () => {
    const answer = signMandate(mandate, ncb.identity, directoryOf(ncb.identity, { la: ncb.unitKey }), NOW);
    expect(answer).toMatchObject({ ok: true, value: { claim: { kind: 'mandate', country: 'LA', entities: ['brief', 'case'], expires: '2026-11-06T00:00:00.000Z' } } });
  });
});
