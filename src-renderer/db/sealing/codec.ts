import type { StoreKeys } from '../keys.ts';
import { bytesToHex, stockedRandom } from '#shared/base/ids.ts';
import { StoreDamagedError } from '../store-damaged-error.ts';
import { META_FIELDS, type PlainDoc, type SealingLayout } from './layout.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const NONCE_BYTES = 12;
const TOKEN_BYTES = 16;
const TOKEN_CACHE = 2000;

const nonces = stockedRandom((length) => crypto.getRandomValues(new Uint8Array(length)));

/** Opens and closes the seals of one collection. */
export interface SealingCodec {
  /** The row to store: clear fields, tokens, RxDB's own fields and `ct`. Reads `doc` before it returns. */
  readonly seal: (doc: PlainDoc) => Promise<PlainDoc>;
  /** The document of a stored row; rejects with {@link StoreDamagedError} where seal or clear fields were changed. */
  readonly unseal: (row: PlainDoc) => Promise<PlainDoc>;
  /** The token a value of `field` is stored as: HMAC-SHA-256 cut to 128 bits, in hexadecimal. */
  readonly token: (field: string, value: string) => Promise<string>;
}

/**
 * AES-256-GCM over each document (NIST SP 800-38D): 96 random bits of nonce, additional data `collection|version|id`.
 * The sealed text also holds `_rev` and `_deleted`, so a changed clear field does not pass for a real one.
 */
export function createSealingCodec(keys: Pick<StoreKeys, 'seal' | 'token'>, layout: SealingLayout): SealingCodec {
  const tokens = new Map<string, string>();
  const aad = (id: unknown) => encoder.encode(`${layout.collection}|${layout.version}|${String(id)}`);

  async function token(field: string, value: string): Promise<string> {
    const text = `${layout.collection}|${field}|${value}`;
    const known = tokens.get(text);
    if (known !== undefined) return known;
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', keys.token, encoder.encode(text)));
    const made = bytesToHex(mac.subarray(0, TOKEN_BYTES));
    if (tokens.size >= TOKEN_CACHE) tokens.clear();
    tokens.set(text, made);
    return made;
  }

  async function seal(doc: PlainDoc): Promise<PlainDoc> {
    const body: PlainDoc = {};
    const row: PlainDoc = {};
    for (const [field, value] of Object.entries(doc)) {
      if (META_FIELDS.has(field)) row[field] = value;
      else body[field] = value;
    }
    const plain = encoder.encode(JSON.stringify({ body, rev: doc['_rev'], gone: doc['_deleted'] === true }));
    for (const field of layout.clear) if (doc[field] !== undefined) row[field] = doc[field];
    const iv = nonces(NONCE_BYTES) as Uint8Array<ArrayBuffer>;
    const [sealed] = await Promise.all([
      crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: aad(doc[layout.primary]) }, keys.seal, plain),
      ...[...layout.tokens].map(async (field) => {
        row[field] = await token(field, String(doc[field] ?? ''));
      }),
    ]);
    const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength);
    bytes.set(iv);
    bytes.set(new Uint8Array(sealed), NONCE_BYTES);
    row['ct'] = bytes;
    return row;
  }

  async function unseal(row: PlainDoc): Promise<PlainDoc> {
    const id = row[layout.primary];
    const damaged = (cause?: unknown) => new StoreDamagedError(layout.collection, String(id), cause);
    const bytes = row['ct'];
    if (!(bytes instanceof Uint8Array) || bytes.length <= NONCE_BYTES) throw damaged();
    let opened: { body: PlainDoc; rev: unknown; gone: unknown };
    try {
      const plain = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: bytes.subarray(0, NONCE_BYTES) as BufferSource, additionalData: aad(id) },
        keys.seal,
        bytes.subarray(NONCE_BYTES) as BufferSource,
      );
      opened = JSON.parse(decoder.decode(plain)) as typeof opened;
    } catch (cause) {
      throw damaged(cause);
    }
    const doc = opened.body;
    if (opened.rev !== row['_rev'] || opened.gone !== (row['_deleted'] === true)) throw damaged();
    for (const field of layout.clear) if (doc[field] !== row[field]) throw damaged();
    for (const field of META_FIELDS) if (row[field] !== undefined) doc[field] = row[field];
    return doc;
  }

  return { seal, unseal, token };
}
