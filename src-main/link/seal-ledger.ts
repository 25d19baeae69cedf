import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { open, seal } from '../keys/sealed-box.ts';

/** What this device knows of a record as the hub holds it: needed to sign a release and to add readers without resealing. */
export interface SealedVersion {
  readonly rev: string;
  /** SHA-256 of the sealed body, hexadecimal. */
  readonly sha256: string;
  readonly contentKey: Uint8Array;
}

/** The newest {@link SealedVersion} of every record pulled; sealed at rest, rebuildable by a full pull. */
export interface SealLedger {
  readonly get: (id: string) => SealedVersion | undefined;
  readonly note: (entries: ReadonlyMap<string, SealedVersion>) => void;
  /** Forgets some records, on the disk too. */
  readonly forget: (ids: readonly string[]) => void;
  /** Forgets everything and zeroes the keys; what is noted afterwards is not kept. */
  readonly close: () => void;
}

const AAD = Buffer.from('suar-ledger-1');

type Row = readonly [id: string, rev: string, sha256: string, contentKey: Uint8Array];

function isRow(value: unknown): value is Row {
  return Array.isArray(value) && value.length === 4 && value.slice(0, 3).every((v) => typeof v === 'string') && value[3] instanceof Uint8Array;
}

/** Appends all of `bytes`, or, where the disk does not take them all, nothing: what came behind half a batch would never be read again. */
function appendWhole(file: string, bytes: Uint8Array): void {
  const before = existsSync(file) ? statSync(file).size : 0;
  try {
    appendFileSync(file, bytes, { mode: 0o600 });
  } catch (error) {
    if (existsSync(file)) truncateSync(file, before);
    throw error;
  }
}

/** Opens the ledger in `file` under `key` (32 bytes, owned by the ledger from now on): length-prefixed sealed batches, the last one dropped where a crash cut it. Compacts on opening. */
export function openSealLedger(file: string, key: Uint8Array): SealLedger {
  const versions = new Map<string, SealedVersion>();
  const stored = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  let isClosed = false;
  let batches = 0;
  let at = 0;
  for (; at + 4 <= stored.length; batches++) {
    const size = stored.readUInt32BE(at);
    const plain = open(key, stored.subarray(at + 4, at + 4 + size), AAD);
    if (!plain) break;
    const rows = fromCbor(plain);
    if (Array.isArray(rows)) for (const row of rows) if (isRow(row)) versions.set(row[0], { rev: row[1], sha256: row[2], contentKey: row[3] });
    at += 4 + size;
  }
  const batch = (entries: ReadonlyMap<string, SealedVersion>): Buffer => {
    const sealed = seal(key, toCbor([...entries].map(([id, v]) => [id, v.rev, v.sha256, v.contentKey])), AAD);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(sealed.length);
    return Buffer.concat([head, sealed]);
  };
  // A cut tail must go before anything is appended: what stands behind it would never be read again.
  if (batches > 1 || at < stored.length) writeDurably(file, batch(versions));
  return {
    get: (id) => versions.get(id),
    note: (entries) => {
      if (entries.size === 0 || isClosed) return;
      for (const [id, version] of entries) versions.set(id, version);
      appendWhole(file, batch(entries));
    },
    forget: (ids) => {
      const held = ids.flatMap((id) => versions.get(id) ?? []);
      if (held.length === 0 || isClosed) return;
      for (const id of ids) versions.delete(id);
      for (const { contentKey } of held) contentKey.fill(0);
      writeDurably(file, batch(versions));
    },
    close: () => {
      isClosed = true;
      key.fill(0);
      for (const { contentKey } of versions.values()) contentKey.fill(0);
      versions.clear();
    },
  };
}
