import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { RecoveryPlanSchema, type RecoveryKit, type RecoveryPlan } from '#shared/contract/ipc.ts';
import { canonicalText } from '#shared/domain/record/merge.ts';
import { readJson, writeDurably } from './durable-file.ts';
import { deriveKey, open, seal } from './sealed-box.ts';

/** The second wrap of the data key, under a recovery key; it needs no keychain, so it opens a copied profile too. */
export const RECOVERY_FILE = 'recovery.json';

const HeaderSchema = Type.Object(
  { version: Type.Literal(1), ...RecoveryPlanSchema.properties, madeAt: Type.String({ maxLength: 40 }), salt: Type.String({ maxLength: 40 }) },
  { additionalProperties: false },
);
/** The second wrap as it is stored. */
export const RecoverySchema = Type.Object({ header: HeaderSchema, wrapped: Type.String() }, { additionalProperties: false });
export type StoredRecovery = Static<typeof RecoverySchema>;

function read(folder: string): unknown {
  try {
    return readJson(path.join(folder, RECOVERY_FILE));
  } catch {
    return 'damaged';
  }
}

/** HKDF of 256 random bits: no slow derivation and no back-off are needed. */
const wrappingKey = (recoveryKey: Uint8Array, salt: string) => deriveKey(recoveryKey, Buffer.from(salt, 'base64'), 'suar-recovery-1');

/** The kit of a profile, or null where none was made or its file is damaged. */
export function recoveryKitOf(folder: string): RecoveryKit | null {
  const stored = readStoredRecovery(folder);
  if (!stored) return null;
  const { kit, threshold, sheets, madeAt } = stored.header;
  return { kit, threshold, sheets, madeAt };
}

/** Wraps the data key under a recovery key (32 bytes) and replaces the file durably; the kit before opens nothing any more. */
export function writeRecovery(folder: string, dataKey: Uint8Array, recoveryKey: Uint8Array, plan: RecoveryPlan, now: number): RecoveryKit {
  const kit = { kit: plan.kit, threshold: plan.threshold, sheets: plan.sheets, madeAt: new Date(now).toISOString() };
  const header = { version: 1 as const, ...kit, salt: randomBytes(16).toString('base64') };
  const key = wrappingKey(recoveryKey, header.salt);
  const wrapped = Buffer.from(seal(key, dataKey, Buffer.from(canonicalText(header)))).toString('base64');
  key.fill(0);
  writeDurably(path.join(folder, RECOVERY_FILE), JSON.stringify({ header, wrapped }, null, 2));
  return kit;
}

/** The data key for a recovery key. Errors: `recovery-none`, `profile-damaged`, `recovery-wrong` (`kit`: the one that opens). */
export function openRecovery(folder: string, recoveryKey: Uint8Array): Result<Uint8Array, AppError> {
  const stored = read(folder);
  if (stored === undefined) return err({ code: 'recovery-none' });
  if (!Value.Check(RecoverySchema, stored)) return err({ code: 'profile-damaged' });
  const dataKey = openStoredRecovery(stored, recoveryKey);
  return dataKey ? ok(dataKey) : err({ code: 'recovery-wrong', detail: { kit: stored.header.kit } });
}

/** The data key in a wrap for a recovery key; undefined where it is the wrap of another kit. */
export function openStoredRecovery({ header, wrapped }: StoredRecovery, recoveryKey: Uint8Array): Uint8Array | undefined {
  const key = wrappingKey(recoveryKey, header.salt);
  const dataKey = open(key, Buffer.from(wrapped, 'base64'), Buffer.from(canonicalText(header)));
  key.fill(0);
  return dataKey;
}

/** The wrap of a profile, or null where it has none or its file is damaged. */
export function readStoredRecovery(folder: string): StoredRecovery | null {
  const stored = read(folder);
  return Value.Check(RecoverySchema, stored) ? stored : null;
}
