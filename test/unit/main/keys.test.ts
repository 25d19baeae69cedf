import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, statSync, writeFileSync, existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBackOff, waitAfter } from '../../../src-main/keys/back-off.ts';
import { readJson, writeDurably } from '../../../src-main/keys/durable-file.ts';
import { createIdentity, fullNameOf, privateKeyOf, rawPublicKey, readIdentity, writeIdentity, zeroIdentity, type Identity } from '../../../src-main/keys/identity.ts';
import { deriveKey, open, seal } from '../../../src-main/keys/sealed-box.ts';

const folder = () => mkdtempSync(path.join(tmpdir(), 'suar-keys-'));
const key = new Uint8Array(32).fill(7);
const aad = Buffer.from('aad');

describe('sealed box', () => {
  it('opens what it sealed under the same key and data, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 20 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, data, at, flip) => {
        const sealed = Buffer.from(seal(key, plain, data));
        expect(sealed.length).toBe(plain.length + 28);
        expect(Buffer.from(open(key, sealed, data) ?? [])).toEqual(Buffer.from(plain));
        const altered = Buffer.from(sealed);
        altered[at % altered.length] = (altered[at % altered.length] ?? 0) ^ flip;
        expect(open(key, altered, data)).toBeUndefined();
        expect(open(key, sealed.subarray(0, -1), data)).toBeUndefined();
        expect(open(key, sealed, Buffer.concat([data, Buffer.of(0)]))).toBeUndefined();
        expect(open(new Uint8Array(32), sealed, data)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('never seals twice alike, and refuses what is too short to be sealed', () => {
    expect(new Set(Array.from({ length: 200 }, () => Buffer.from(seal(key, aad, aad)).toString('hex'))).size).toBe(200);
    for (let length = 0; length < 28; length++) expect(open(key, new Uint8Array(length), aad)).toBeUndefined();
  });

  it('derives by RFC 5869 (its test case 3), as Node does: another purpose or salt is another key', () => {
    expect(Buffer.from(deriveKey(Buffer.from('0b'.repeat(22), 'hex'), new Uint8Array(), '')).toString('hex')).toBe('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.uint8Array({ maxLength: 100 }), fc.string({ maxLength: 30 }), (secret, salt, info) => {
        expect(Buffer.from(deriveKey(secret, salt, info))).toEqual(Buffer.from(hkdfSync('sha256', secret, salt, info, 32)));
      }),
    );
    const secret = Buffer.from('secret');
    expect(new Set(['a', 'b'].flatMap((info) => ['', 's'].map((salt) => Buffer.from(deriveKey(secret, Buffer.from(salt), info)).toString('hex')))).size).toBe(4);
  });
});

describe('durable file', () => {
  it('replaces a file whole, readable by its owner only, and leaves no temporary file', () => {
    const file = path.join(folder(), 'f');
    writeDurably(file, 'old and longer');
    writeDurably(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file))).toEqual(['f']);
  });

  it('keeps the old file where a crash left only the temporary one', () => {
    const file = path.join(folder(), 'f');
    writeDurably(file, '{"a":1}');
    writeFileSync(`${file}.new`, '{"a":');
    expect(readJson(file)).toEqual({ a: 1 });
    writeDurably(file, '{"a":2}');
    expect(readJson(file)).toEqual({ a: 2 });
  });
});

describe('back-off', () => {
  const setUp = (file = path.join(folder(), 'attempts.json')) => {
    const state = { now: 1_000_000_000 };
    return { file, state, make: () => createBackOff(file, () => state.now) };
  };

  it('waits 0, 0, 0, 2, 4 … 900 seconds', () => {
    expect(Array.from({ length: 14 }, (_, failures) => waitAfter(failures))).toEqual([0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    expect(waitAfter(5000)).toBe(900);
  });

  it('counts down, survives a restart and ends with a right passphrase', () => {
    const { state, make } = setUp();
    const first = make();
    for (let i = 0; i < 6; i++) first.failed();
    expect(first.waitSeconds()).toBe(16);
    state.now += 10_500;
    expect(make().waitSeconds()).toBe(6);
    state.now += 5500;
    expect(make().waitSeconds()).toBe(0);
    make().failed();
    expect(make().waitSeconds()).toBe(32);
    make().succeeded();
    expect(make().waitSeconds()).toBe(0);
  });

  it('starts the wait again when the clock is set back, and gains nothing by setting it back and forth', () => {
    const { state, make } = setUp();
    for (let i = 0; i < 8; i++) make().failed();
    state.now -= 86_400_000;
    expect(make().waitSeconds()).toBe(64);
    state.now += 63_000;
    expect(make().waitSeconds()).toBe(1);
  });

  it('takes a damaged file as the longest wait, which then passes', () => {
    for (const content of ['', '{', 'null', '{"failures":"0"}', '{"failures":0}', '[]']) {
      const { file, state, make } = setUp();
      writeFileSync(file, content);
      expect(make().waitSeconds(), content).toBe(900);
      state.now += 900_000;
      expect(make().waitSeconds(), content).toBe(0);
    }
  });

  it('asks for nothing before the first failure', () => {
    const { file, make } = setUp();
    expect(make().waitSeconds()).toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});

describe('identity', () => {
  const rich = (): Identity => ({
    ...createIdentity('ທ້າວ ສົມມຸດ'),
    hub: { host: 'hub.example', port: 443, ca: 'ca', cert: 'cert', unit: 'la', role: 'officer' },
    unitSecret: randomBytes(64),
    unitConfirmed: true,
    bucketKeys: { 't:one': { '1': randomBytes(32), '2': randomBytes(32) }, 't:two': { '1': randomBytes(32) } },
    pins: { ph: 'cGlu' },
    hasJournal: true,
  });

  const inJson = (identity: Identity): string => {
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    const { signKey, boxKey, tlsKey, unitSecret, bucketKeys } = identity;
    const buckets = Object.entries(bucketKeys).map(([bucket, epochs]) => [bucket, Object.fromEntries(Object.entries(epochs).map(([epoch, held]) => [epoch, text(held)]))] as const);
    const secrets = { signKey: text(signKey), boxKey: text(boxKey), tlsKey: text(tlsKey), unitSecret: text(unitSecret), bucketKeys: Object.fromEntries(buckets) };
    return JSON.stringify({ ...identity, ...secrets, fullName: fullNameOf(identity) });
  };

  it('comes back with every key in its place, from this layout and from the one in JSON', () => {
    const identity = rich();
    const file = path.join(folder(), 'identity.bin');
    writeIdentity(file, key, identity);
    const read = readIdentity(file, key);
    expect(structuredClone(read)).toEqual(structuredClone(identity));
    expect(read && fullNameOf(read)).toBe('ທ້າວ ສົມມຸດ');
    writeFileSync(file, seal(key, Buffer.from(inJson(identity)), Buffer.from('suar-identity-1')));
    expect(structuredClone(readIdentity(file, key))).toEqual(structuredClone(identity));
  });

  it('is overwritten on request: no secret of it stays', () => {
    const identity = rich();
    zeroIdentity(identity);
    const { fullName, signKey, boxKey, tlsKey, unitSecret, bucketKeys } = identity;
    const secrets = [fullName, signKey, boxKey, tlsKey, unitSecret, ...Object.values(bucketKeys).flatMap((epochs) => Object.values(epochs))];
    expect(secrets).toHaveLength(8);
    expect(secrets.every((secret) => secret.length > 0 && secret.every((byte) => byte === 0))).toBe(true);
  });

  it('has three keys of its own and reads back under its key only', () => {
    const identity = createIdentity('ທ້າວ ສົມມຸດ');
    expect(new Set([identity.signKey, identity.boxKey, identity.tlsKey].map((key) => Buffer.from(key).toString('hex'))).size).toBe(3);
    expect([privateKeyOf(identity.signKey), privateKeyOf(identity.boxKey), privateKeyOf(identity.tlsKey)].map((one) => one.asymmetricKeyType)).toEqual(['ed25519', 'x25519', 'ec']);
    expect(rawPublicKey(privateKeyOf(identity.signKey))).toHaveLength(32);
    const file = path.join(folder(), 'identity.bin');
    expect(readIdentity(file, key)).toBeUndefined();
    writeIdentity(file, key, identity);
    expect(structuredClone(readIdentity(file, key))).toEqual(structuredClone(identity));
    expect(readIdentity(file, new Uint8Array(32))).toBeUndefined();
    expect(readFileSync(file).includes(identity.deviceId)).toBe(false);
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    expect(readIdentity(file, key)).toBeUndefined();
  });
});
