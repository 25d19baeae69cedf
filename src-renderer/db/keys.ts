/** Length of the store key in bytes. */
export const STORE_KEY_BYTES = 32;

/** The three keys of one store, all derived from its store key; none can be exported. */
export interface StoreKeys {
  /** AES-256-GCM, seals documents. */
  readonly seal: CryptoKey;
  /** HMAC-SHA-256, makes equality tokens. */
  readonly token: CryptoKey;
  /** Encrypts the derived index; SQLite needs the raw bytes (32), so they are handed out once and zeroed by {@link zeroKeys}. */
  readonly index: Uint8Array<ArrayBuffer>;
}

const text = new TextEncoder();
const SALT = text.encode('suar-store-1');

/**
 * Derives the keys of a store with HKDF-SHA-256 (RFC 5869).
 * @param storeKey 32 random bytes, unwrapped by main; the caller zeroes its copy.
 * @throws RangeError when the key has another length.
 */
export async function deriveStoreKeys(storeKey: Uint8Array): Promise<StoreKeys> {
  if (storeKey.length !== STORE_KEY_BYTES) throw new RangeError('store key must have 32 bytes');
  const raw = new Uint8Array(storeKey);
  const root = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveKey', 'deriveBits']);
  raw.fill(0);
  const purpose = (info: string) => ({ name: 'HKDF', hash: 'SHA-256', salt: SALT, info: text.encode(info) });
  const [seal, token, index] = await Promise.all([
    crypto.subtle.deriveKey(purpose('seal'), root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
    crypto.subtle.deriveKey(purpose('token'), root, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign']),
    crypto.subtle.deriveBits(purpose('index'), root, 256),
  ]);
  return { seal, token, index: new Uint8Array(index) };
}

/** Overwrites the raw bytes a {@link StoreKeys} still holds. */
export function zeroKeys(keys: StoreKeys): void {
  keys.index.fill(0);
}
