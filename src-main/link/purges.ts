import { existsSync, readFileSync } from 'node:fs';
import { sign } from 'node:crypto';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { MAX_RECEIPTS, PurgeReceiptSchema, type PurgeAnswer, type PurgedUnit, type PurgeReceipt } from '#shared/contract/purge.ts';
import type { Directory } from '#shared/contract/sync.ts';
import { fromCbor, purgeSigningBytes, toCbor } from '#shared/contract/wire.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { privateKeyOf, type Identity } from '../keys/identity.ts';
import { open, seal } from '../keys/sealed-box.ts';
import type { HubClient } from './hub-client.ts';
import type { SealLedger } from './seal-ledger.ts';
import { verifySignature } from './signing.ts';
import { pinnedSignKey } from './unit-secret.ts';

/** What the hub said is gone, what the store has removed since, and the receipts for it until the hub has them. Sealed on disk. */
export interface PurgeLog {
  /** The hub says that these are gone; the store is about to remove them. */
  readonly expect: (ids: readonly string[]) => void;
  /** Ids whose removal the store has not confirmed, e.g. because the application was killed between. */
  readonly unconfirmed: () => readonly string[];
  /** The store holds these no more: signs the receipts and forgets what could open the records. */
  readonly confirm: (ids: readonly string[], identity: Identity, nowMs: number) => void;
  /** Hands the receipts to the hub; what it did not take waits. */
  readonly send: (client: HubClient) => Promise<void>;
  readonly close: () => void;
}

const AAD = Buffer.from('suar-purges-1');
const FileSchema = Type.Object({ expected: Type.Array(Type.String({ maxLength: 36 })), receipts: Type.Array(PurgeReceiptSchema) });

/** Opens the log in `file` under `key` (32 bytes, owned by it from now on). */
export function openPurgeLog(file: string, key: Uint8Array, ledger: Pick<SealLedger, 'get' | 'forget'>): PurgeLog {
  const plain = existsSync(file) ? open(key, readFileSync(file), AAD) : undefined;
  const stored: unknown = plain ? fromCbor(plain) : undefined;
  const known = Value.Check(FileSchema, stored) ? stored : { expected: [], receipts: [] };
  const expected = new Set(known.expected);
  let receipts: readonly PurgeReceipt[] = known.receipts;
  let isClosed = false;
  let sending = false;
  const save = (): void => {
    if (!isClosed) writeDurably(file, seal(key, toCbor({ expected: [...expected], receipts }), AAD));
  };
  return {
    expect: (ids) => {
      const fresh = ids.filter((id) => !expected.has(id));
      if (fresh.length === 0) return;
      for (const id of fresh) expected.add(id);
      save();
    },
    unconfirmed: () => [...expected],
    confirm: (ids, identity, nowMs) => {
      const gone = ids.filter((id) => expected.delete(id));
      if (gone.length === 0) return;
      const at = new Date(nowMs).toISOString();
      const signKey = privateKeyOf(identity.signKey);
      receipts = [
        ...receipts,
        ...gone.map((record) => {
          const rev = ledger.get(record)?.rev ?? '';
          return { record, rev, at, sig: sign(null, purgeSigningBytes(record, rev, identity.deviceId, at), signKey) };
        }),
      ];
      save();
      // after the receipt is safe: with the content key goes what could open a copy of the sealed record
      ledger.forget(gone);
    },
    send: async (client) => {
      if (sending) return;
      sending = true;
      try {
        while (receipts.length > 0) {
          const part = receipts.slice(0, MAX_RECEIPTS);
          if (!(await client.request('POST', '/v1/purged', { receipts: part })).ok) return;
          receipts = receipts.filter((receipt) => !part.includes(receipt));
          save();
        }
      } finally {
        sending = false;
      }
    },
    close: () => {
      isClosed = true;
      key.fill(0);
    },
  };
}

/** Who removed a record, by unit; only receipts count that the device named in them signed, with the key first seen of it. */
export function countPurges(record: string, answer: PurgeAnswer, identity: Identity, directory: Directory | undefined): Result<readonly PurgedUnit[], AppError> {
  const signed = new Set(
    answer.receipts.flatMap(({ device, rev, at, sig }) => {
      const signKey = pinnedSignKey(identity, device) ?? directory?.devices.find((known) => known.id === device)?.signKey;
      return signKey && verifySignature(signKey, purgeSigningBytes(record, rev, device, at), sig) ? [device] : [];
    }),
  );
  const units = [...new Set(answer.devices.map(({ unit }) => unit))].sort();
  return ok(
    units.map((unit) => {
      const devices = answer.devices.filter((device) => device.unit === unit);
      return { unit, devices: devices.length, purged: devices.filter(({ id }) => signed.has(id)).length, lost: devices.filter(({ id, revoked }) => revoked && !signed.has(id)).length };
    }),
  );
}
