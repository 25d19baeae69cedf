import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { argon2id } from 'hash-wasm';
import { encodePassphrase } from '#shared/contract/passphrase.ts';
import { canonicalText } from '#shared/domain/record/merge.ts';
import { privateKeyOf, readIdentity } from '../../src-main/keys/identity.ts';
import type { KdfParams } from '../../src-main/keys/kdf.ts';
import { deriveKey, open } from '../../src-main/keys/sealed-box.ts';

/** The secrets of the only profile below `userData`, opened with its passphrase as main does; undefined where a keychain holds half. */
export async function secretsOf(userData: string, passphrase: string): Promise<Readonly<Record<string, Buffer>> | undefined> {
  const [id = ''] = readdirSync(path.join(userData, 'profiles'));
  const folder = path.join(userData, 'profiles', id);
  const { header, wrapped } = JSON.parse(readFileSync(path.join(folder, 'keyring.json'), 'utf8')) as { header: { kdf: KdfParams; keychain: boolean }; wrapped: string };
  if (header.keychain) return undefined;
  const salt = Buffer.from(header.kdf.salt, 'base64');
  const { memoryKiB, iterations, parallelism } = header.kdf;
  const fromPassphrase = await argon2id({ password: encodePassphrase(passphrase), salt, memorySize: memoryKiB, iterations, parallelism, hashLength: 32, outputType: 'binary' });
  const wrapping = deriveKey(fromPassphrase, salt, 'suar-keyring-1');
  const dataKey = open(wrapping, Buffer.from(wrapped, 'base64'), Buffer.from(canonicalText(header)));
  const identity = dataKey && readIdentity(path.join(folder, 'identity.bin'), deriveKey(dataKey, new Uint8Array(), 'suar-identity-1'));
  if (!dataKey || !identity) throw new Error('the profile does not open');
  const base64Of = (stored: Uint8Array) => Buffer.from(stored).toString('base64');
  const seed = (stored: Uint8Array) => Buffer.from(privateKeyOf(stored).export({ format: 'jwk' }).d ?? '', 'base64url');
  return {
    passphraseKey: Buffer.from(fromPassphrase),
    wrappingKey: Buffer.from(wrapping),
    dataKey: Buffer.from(dataKey),
    storeKey: Buffer.from(deriveKey(dataKey, new Uint8Array(), 'suar-store-1')),
    identityKey: Buffer.from(deriveKey(dataKey, new Uint8Array(), 'suar-identity-1')),
    signKeyText: Buffer.from(base64Of(identity.signKey).slice(-43)),
    boxKeyText: Buffer.from(base64Of(identity.boxKey).slice(-43)),
    tlsKeyText: Buffer.from(base64Of(identity.tlsKey).slice(-43)),
    signKeySeed: seed(identity.signKey),
    boxKeySeed: seed(identity.boxKey),
  };
}
