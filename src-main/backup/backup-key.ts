import { randomBytes } from 'node:crypto';
import { canonicalText } from '#shared/domain/record/merge.ts';
import { derivePassphraseKey, MIN_ITERATIONS, MIN_MEMORY_KIB, type KdfParams } from '../keys/kdf.ts';
import { openStoredRecovery } from '../keys/recovery.ts';
import { deriveKey, open, seal } from '../keys/sealed-box.ts';
import type { BackupHeader } from './format.ts';

type Named = Pick<BackupHeader, 'madeAt' | 'label' | 'kdf'>;

/** HKDF(Argon2id(passphrase)): no keychain has a part in it, so the file opens on another laptop. */
async function wrappingKey(passphrase: Uint8Array, kdf: KdfParams): Promise<Uint8Array> {
  const fromPassphrase = await derivePassphraseKey(passphrase, kdf);
  const key = deriveKey(fromPassphrase, Buffer.from(kdf.salt, 'base64'), 'suar-backup-wrap-1');
  fromPassphrase.fill(0);
  return key;
}

const aadOf = ({ madeAt, label, kdf }: Named): Uint8Array => Buffer.from(canonicalText({ madeAt, label, kdf }));

/** The header of a backup made now: the data key under the passphrase, and under the kit of the profile where it has one. */
export async function createHeader(passphrase: Uint8Array, dataKey: Uint8Array, named: Pick<BackupHeader, 'madeAt' | 'label' | 'kit'>): Promise<BackupHeader> {
  const kdf: KdfParams = { name: 'argon2id', memoryKiB: MIN_MEMORY_KIB, iterations: MIN_ITERATIONS, parallelism: 1, salt: randomBytes(16).toString('base64') };
  const key = await wrappingKey(passphrase, kdf);
  const wrapped = Buffer.from(seal(key, dataKey, aadOf({ ...named, kdf }))).toString('base64');
  key.fill(0);
  return { ...named, kdf, wrapped };
}

/** The data key of a backup for the passphrase of its day; undefined where it is another. */
export async function openHeader(header: BackupHeader, passphrase: Uint8Array): Promise<Uint8Array | undefined> {
  const key = await wrappingKey(passphrase, header.kdf);
  const dataKey = open(key, Buffer.from(header.wrapped, 'base64'), aadOf(header));
  key.fill(0);
  return dataKey;
}

/** The data key of a backup for the recovery kit (32 bytes) of its day; undefined where there was none or it is another. */
export function openHeaderWithKit({ kit }: BackupHeader, recoveryKey: Uint8Array): Uint8Array | undefined {
  return kit ? openStoredRecovery(kit, recoveryKey) : undefined;
}
