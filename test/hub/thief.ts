/** Somebody who holds all keys of a device and hears every line: opens whatever can be opened with them, and with what that opens. */
import type { KeyObject } from 'node:crypto';
import type { KeyAnswer, KeyUpload, WireRecord } from '#shared/contract/sync.ts';
import { fromCbor } from '#shared/contract/wire.ts';
import { privateKeyOf, type Identity } from '../../src-main/keys/identity.ts';
import { open } from '../../src-main/keys/sealed-box.ts';
import { openWithPrivateKey } from '../../src-main/keys/hpke.ts';
import { openBody, type BucketKeys } from '../../src-main/link/sealing.ts';
import { x25519PrivateKey } from '../../src-main/link/unit-secret.ts';
import type { Wire } from './station.ts';

const PURPOSES = ['suar-admit-1', 'suar-unit-secret-1', 'suar-bucket-key-1'] as const;

/** The sealed keys in what crosses a line. */
export const openBucketKeyBoxes = {
  ofUpload: ({ admissions = [], bucketKeys = [], unitRotation }: KeyUpload): Uint8Array[] => [...admissions, ...bucketKeys, ...(unitRotation?.secrets ?? [])].map(({ wrapped }) => wrapped),
  ofAnswer: ({ admission, bucketKeys, unitSecrets }: KeyAnswer): Uint8Array[] => [
    ...(admission ? [admission] : []),
    ...bucketKeys.map(({ wrapped }) => wrapped),
    ...unitSecrets.map(({ wrapped }) => wrapped),
  ],
};

/** Ids of the records a thief can read. */
export function readAsThief(stolen: Identity, wire: Wire): ReadonlySet<string> {
  const privateKeys: KeyObject[] = [privateKeyOf(stolen.boxKey)];
  const symmetric = new Map<string, Uint8Array>();
  const learn = (key: Uint8Array): void => {
    if (key.length === 32) symmetric.set(Buffer.from(key).toString('hex'), key);
    for (let at = 0; key.length % 64 === 0 && at < key.length; at += 64) {
      const name = Buffer.from(key.subarray(at + 32, at + 64)).toString('hex');
      if (symmetric.has(name)) continue;
      symmetric.set(name, key.subarray(at + 32, at + 64));
      privateKeys.push(x25519PrivateKey(key.subarray(at, at + 32)));
    }
  };
  learn(stolen.unitSecret);
  for (const epochs of Object.values(stolen.bucketKeys)) for (const key of Object.values(epochs)) learn(key);
  for (let known = -1; known !== symmetric.size;) {
    known = symmetric.size;
    for (const box of wire.boxes) {
      for (const privateKey of privateKeys) {
        for (const purpose of PURPOSES) {
          const plain = openWithPrivateKey(privateKey, box, purpose);
          if (!plain) continue;
          learn(plain);
          for (const inner of [plain, ...[...symmetric.values()].map((key) => open(key, plain, Buffer.from(purpose)))]) if (inner) learn(keyIn(inner));
        }
      }
    }
  }
  const opensWith = (record: WireRecord, keys: Partial<BucketKeys>): boolean =>
    typeof openBody(record, { ofEpoch: () => undefined, current: () => undefined, unitPublicKey: () => undefined, own: undefined, ...keys }) === 'object';
  const opens = (record: WireRecord): boolean =>
    [...symmetric.values()].some((key) => opensWith(record, { ofEpoch: () => key })) || record.wraps.some((wrap) => opensWith(record, { own: { bucket: wrap.b, privateKeys } }));
  return new Set([...wire.records.values()].filter(opens).map(({ id }) => id));
}

function keyIn(bytes: Uint8Array): Uint8Array {
  try {
    const { k } = Object(fromCbor(bytes)) as { readonly k?: unknown };
    return k instanceof Uint8Array ? k : new Uint8Array(1);
  } catch {
    return new Uint8Array(1);
  }
}
