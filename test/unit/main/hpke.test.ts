import { createPrivateKey, diffieHellman, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kemSecret } from '#shared/contract/hpke.ts';
import { openIn, openWithPrivateKey, recipientContext, sealIn, sealToPublicKey, senderContext, x25519PublicKey } from '../../../src-main/keys/hpke.ts';
import { rawPublicKey } from '../../../src-main/keys/identity.ts';
import { x25519PrivateKey } from '../../../src-main/link/unit-secret.ts';
import { agreeWith, sealFor } from '../../../src-hub/identity/bundle-crypto.ts';
import * as courier from '../../../src-main/courier/courier-crypto.ts';

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');
const ab = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const utf8 = (text: string): ArrayBuffer => ab(new TextEncoder().encode(text));
const rawPrivateKey = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
const bytes = fc.uint8Array({ maxLength: 200 });

describe('HPKE', () => {
  it('agrees on the KEM secret of RFC 9180, appendix A.1.1', () => {
    const ephemeral = x25519PrivateKey(hex('52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736'));
    const enc = hex('37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431');
    const recipient = hex('3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d');
    expect(rawPublicKey(ephemeral)).toEqual(enc);
    const dh = diffieHellman({ privateKey: ephemeral, publicKey: x25519PublicKey(recipient) });
    expect(Buffer.from(kemSecret(dh, enc, recipient)).toString('hex')).toBe('fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc');
  });

  it('is opened by another implementation of the standard, and opens what that one sealed', async () => {
    const holder = generateKeyPairSync('x25519').privateKey;
    const recipient = rawPublicKey(holder);
    const theirKey = await suite.kem.importKey('raw', ab(rawPrivateKey(holder)), false);
    const theirPublic = await suite.kem.importKey('raw', ab(recipient), true);
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.string({ maxLength: 40 }), async (plain, aad, info) => {
        const sender = senderContext(recipient, info);
        if (!sender) throw new Error('no context');
        const ours = sealIn(sender.context, plain, aad);
        const opened = await suite.open({ recipientKey: theirKey, enc: ab(sender.enc), info: utf8(info) }, ab(ours), ab(aad));
        expect(new Uint8Array(opened)).toEqual(plain);
        const theirs = await suite.seal({ recipientPublicKey: theirPublic, info: utf8(info) }, ab(plain), ab(aad));
        const context = recipientContext(holder, new Uint8Array(theirs.enc), info);
        expect(context && Uint8Array.from(openIn(context, new Uint8Array(theirs.ct), aad) ?? [1])).toEqual(plain);
      }),
      { numRuns: 30 },
    );
  });

  it('exports the key of a bundle as another implementation does, at the hub and on a device', async () => {
    const holder = generateKeyPairSync('x25519').privateKey;
    const recipient = rawPublicKey(holder);
    const theirKey = await suite.kem.importKey('raw', ab(rawPrivateKey(holder)), false);
    for (const seal of [sealFor(recipient), courier.sealFor(recipient)]) {
      if (!seal) throw new Error('not sealed');
      const theirs = await suite.createRecipientContext({ recipientKey: theirKey, enc: ab(seal.eph), info: utf8('suar-bundle-1') });
      expect(new Uint8Array(await theirs.export(utf8('suar-bundle-1'), 32))).toEqual(Uint8Array.from(seal.key));
      expect(Uint8Array.from(agreeWith(holder, recipient, seal.eph) ?? [])).toEqual(Uint8Array.from(seal.key));
      expect(Uint8Array.from(courier.agreeWith(holder, seal.eph) ?? [])).toEqual(Uint8Array.from(seal.key));
    }
  });

  it('opens for the holder, this purpose and these bytes only', () => {
    const holder = generateKeyPairSync('x25519').privateKey;
    const box = sealToPublicKey(rawPublicKey(holder), Buffer.from('secret'), 'admit');
    if (!box) throw new Error('not sealed');
    expect(Buffer.from(openWithPrivateKey(holder, box, 'admit') ?? []).toString()).toBe('secret');
    expect(openWithPrivateKey(holder, box, 'other')).toBeUndefined();
    expect(openWithPrivateKey(generateKeyPairSync('x25519').privateKey, box, 'admit')).toBeUndefined();
    for (let at = 0; at < box.length; at++) {
      const bent = Uint8Array.from(box);
      bent[at] = (bent[at] ?? 0) ^ 1;
      // the last bit of the ephemeral key is no part of it (RFC 7748 §5), and is bound by the context
      expect(openWithPrivateKey(holder, bent, 'admit')).toBeUndefined();
      expect(openWithPrivateKey(holder, box.subarray(0, at), 'admit')).toBeUndefined();
    }
  });

  it('never seals two things alike, and refuses a key of low order or none', () => {
    const recipient = rawPublicKey(createPrivateKey(generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' })));
    const boxes = Array.from({ length: 20 }, () => Buffer.from(sealToPublicKey(recipient, new Uint8Array(32), 'x') ?? []).toString('hex'));
    expect(new Set(boxes.map((box) => box.slice(0, 64))).size).toBe(20);
    expect(new Set(boxes.map((box) => box.slice(64))).size).toBe(20);
    for (const key of [new Uint8Array(32), new Uint8Array(31), randomBytes(33), new Uint8Array()]) {
      expect(sealToPublicKey(key, new Uint8Array(32), 'x')).toBeUndefined();
      expect(courier.sealFor(key)).toBeUndefined();
    }
  });
});
