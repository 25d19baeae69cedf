import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { canonicalText } from '#shared/domain/record/merge.ts';
import { readJson, writeDurably } from './durable-file.ts';
import { derivePassphraseKey, MIN_ITERATIONS, MIN_MEMORY_KIB, type KdfParams } from './kdf.ts';
import { createKeychainSecret, hasKeychain, readKeychainSecret } from './keychain.ts';
import { deriveKey, open, seal } from './sealed-box.ts';

/** A header that asks for more is damaged or hostile: it would only stall the laptop. 1 GiB. */
const MAX_MEMORY_KIB = 1024 * 1024;

/** {@link KdfParams} as they are read from a file. */
export const KdfSchema = Type.Object(
  {
    name: Type.Literal('argon2id'),
    memoryKiB: Type.Integer({ minimum: MIN_MEMORY_KIB, maximum: MAX_MEMORY_KIB }),
    iterations: Type.Integer({ minimum: MIN_ITERATIONS, maximum: 100 }),
    parallelism: Type.Integer({ minimum: 1, maximum: 8 }),
    salt: Type.String(),
  },
  { additionalProperties: false },
);

const HeaderSchema = Type.Object(
  {
    version: Type.Literal(1),
    kdf: KdfSchema,
    /** Whether the OS keychain holds the second half. */
    keychain: Type.Boolean(),
  },
  { additionalProperties: false },
);
const KeyringSchema = Type.Object({ header: HeaderSchema, wrapped: Type.String() }, { additionalProperties: false });
type Header = Static<typeof HeaderSchema>;

/** Without these a profile opens with no passphrase. */
export const KEYRING_FILES = ['keyring.json', 'keychain.bin'] as const;
const keyringFile = (folder: string) => path.join(folder, KEYRING_FILES[0]);
const keychainFile = (folder: string) => path.join(folder, KEYRING_FILES[1]);

/** Whether a profile was made in this folder. */
export function hasKeyring(folder: string): boolean {
  return readJsonSafely(keyringFile(folder)) !== 'absent';
}

function readJsonSafely(file: string): unknown {
  try {
    const stored = readJson(file);
    return stored === undefined ? 'absent' : stored;
  } catch {
    return 'damaged';
  }
}

/** The wrapping key: HKDF(Argon2id(passphrase) ‖ keychain secret); the header is authenticated, so lowered parameters never open anything. */
async function wrappingKey(passphrase: Uint8Array, header: Header, keychainSecret: Uint8Array): Promise<Uint8Array> {
  const fromPassphrase = await derivePassphraseKey(passphrase, header.kdf);
  const joined = Buffer.concat([fromPassphrase, keychainSecret]);
  const key = deriveKey(joined, Buffer.from(header.kdf.salt, 'base64'), 'suar-keyring-1');
  fromPassphrase.fill(0);
  joined.fill(0);
  return key;
}

/** Whether some passphrase could open the keyring: file and keychain are as they were left. */
export function isKeyringWhole(folder: string): boolean {
  const stored = readJsonSafely(keyringFile(folder));
  return Value.Check(KeyringSchema, stored) && (!stored.header.keychain || readKeychainSecret(keychainFile(folder)) !== undefined);
}

/** A new data key: 32 random bytes. */
export function createDataKey(): Uint8Array {
  return randomBytes(32);
}

/**
 * Wraps the data key under a passphrase and writes the keyring, or replaces it, durably: a crash leaves the old wrap or the new one.
 * The half in the keychain stays; where it is gone a new one is made first, which takes nothing from a wrap that no longer opens.
 */
export async function wrapDataKey(folder: string, dataKey: Uint8Array, passphrase: Uint8Array): Promise<void> {
  const kdf: KdfParams = { name: 'argon2id', memoryKiB: MIN_MEMORY_KIB, iterations: MIN_ITERATIONS, parallelism: 1, salt: randomBytes(16).toString('base64') };
  const kept = readKeychainSecret(keychainFile(folder));
  const secret = kept ?? (hasKeychain() ? createKeychainSecret(keychainFile(folder)) : new Uint8Array());
  const header: Header = { version: 1, kdf, keychain: secret.length > 0 };
  const key = await wrappingKey(passphrase, header, secret);
  const wrapped = Buffer.from(seal(key, dataKey, Buffer.from(canonicalText(header)))).toString('base64');
  key.fill(0);
  secret.fill(0);
  writeDurably(keyringFile(folder), JSON.stringify({ header, wrapped }, null, 2));
}

/** The data key of a profile. Errors: `profile-missing`, `profile-damaged` (file or keychain), `passphrase-wrong`. */
export async function openKeyring(folder: string, passphrase: Uint8Array): Promise<Result<Uint8Array, AppError>> {
  const stored = readJsonSafely(keyringFile(folder));
  if (stored === 'absent') return err({ code: 'profile-missing' });
  if (!Value.Check(KeyringSchema, stored)) return err({ code: 'profile-damaged' });
  const secret = stored.header.keychain ? readKeychainSecret(keychainFile(folder)) : new Uint8Array();
  if (!secret) return err({ code: 'profile-damaged' });
  const key = await wrappingKey(passphrase, stored.header, secret);
  const dataKey = open(key, Buffer.from(stored.wrapped, 'base64'), Buffer.from(canonicalText(stored.header)));
  key.fill(0);
  secret.fill(0);
  return dataKey ? ok(dataKey) : err({ code: 'passphrase-wrong' });
}
