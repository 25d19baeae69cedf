import { Value } from 'typebox/value';
import { BUNDLE_SKEW_MS, BundleHeadSchema, type BundleFrame, type BundleHead, type BundleProblem } from './bundle.ts';
import { fromCbor, toCbor } from './wire.ts';

/** What writing and reading a bundle needs of cryptography; Electron's main process and the hub each bring it. */
export interface BundleCrypto {
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  /** AES-256-GCM with a fresh nonce before and the tag behind. */
  readonly seal: (key: Uint8Array, plain: Uint8Array, aad: Uint8Array) => Uint8Array;
  readonly open: (key: Uint8Array, sealed: Uint8Array, aad: Uint8Array) => Uint8Array | undefined;
  readonly deflate: (plain: Uint8Array) => Uint8Array;
  /** Undefined where it is no deflate stream or unfolds to more than `most` bytes. */
  readonly inflate: (packed: Uint8Array, most: number) => Uint8Array | undefined;
}

/** Bytes of a file from its beginning; answers fewer only at its end. */
export type ReadBytes = (length: number) => Uint8Array;

const MAGIC = new TextEncoder().encode('SUARBNDL');
const TAG = 'suar-bundle-1';
/** What HPKE agrees on the key of a bundle for, and exports it as. */
export const BUNDLE_INFO = TAG;
const VERSION = 1;
/** Largest frame as it lies in the file, and as CBOR; more is a bomb. One record may have 2 MiB. */
const MAX_SEALED_BYTES = 24 * 1024 * 1024;
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
/** Clear heads are 60 bytes. */
const MAX_CLEAR_BYTES = 256;

/** How a bundle names its recipient in clear: first 8 bytes of SHA-256 of the X25519 public key. */
function addressOf(crypto: BundleCrypto, boxKey: Uint8Array): Uint8Array {
  return crypto.sha256(boxKey).subarray(0, 8);
}

function sized(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + bytes.length);
  new DataView(out.buffer).setUint32(0, bytes.length);
  out.set(bytes, 4);
  return out;
}

function chained(crypto: BundleCrypto, digest: Uint8Array, frame: Uint8Array): Uint8Array {
  const both = new Uint8Array(64);
  both.set(digest);
  both.set(crypto.sha256(frame), 32);
  return crypto.sha256(both);
}

function frameAad(clearDigest: Uint8Array, index: number, isLast: boolean): Uint8Array {
  return toCbor([TAG, clearDigest, index, isLast]);
}

/** The bytes a bundle's sender signs. */
function signingBytes(digest: Uint8Array): Uint8Array {
  return toCbor([TAG, digest]);
}

/** Writes a bundle piece by piece. */
export interface BundleWriter {
  /** Adds a frame. */
  readonly add: (frame: BundleFrame) => void;
  /** Signs; nothing can be added afterwards. */
  readonly end: (sign: (bytes: Uint8Array) => Uint8Array) => void;
}

/** For whom a bundle is: their X25519 public key, and HPKE's encapsulated key with the key it exports. */
export interface BundleSeal {
  readonly recipient: Uint8Array;
  readonly eph: Uint8Array;
  readonly key: Uint8Array;
}

/** Begins a bundle; `write` gets its bytes in order. */
export function writeBundle(crypto: BundleCrypto, { recipient, eph, key }: BundleSeal, head: BundleHead, write: (bytes: Uint8Array) => void): BundleWriter {
  const clear = toCbor({ v: VERSION, to: addressOf(crypto, recipient), eph });
  const clearDigest = crypto.sha256(clear);
  let digest: Uint8Array = new Uint8Array(32);
  let index = 0;
  const put = (frame: Uint8Array, isLast: boolean): void => {
    write(sized(crypto.seal(key, crypto.deflate(frame), frameAad(clearDigest, index++, isLast))));
  };
  const add = (value: unknown): void => {
    const frame = toCbor(value);
    digest = chained(crypto, digest, frame);
    put(frame, false);
  };
  write(MAGIC);
  write(sized(clear));
  add(head);
  return { add, end: (sign) => put(toCbor({ t: 'end', sig: sign(signingBytes(digest)) }), true) };
}

/** Who reads a bundle, and what they know of its sender. */
export interface BundleReader {
  /** The reader's X25519 public key. */
  readonly boxKey: Uint8Array;
  /** The key agreed with an ephemeral public key; undefined where that is no good key. */
  readonly agree: (eph: Uint8Array) => Uint8Array | undefined;
  /** Whether the head is one this reader takes: kind, hub and device. */
  readonly isMine: (head: BundleHead) => boolean;
  /** Whether `signature` over `bytes` is the sender's, whom the head names; false where nobody knows them. */
  readonly verify: (head: BundleHead, bytes: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A whole, signed bundle: its head, and its frames when they are asked for (the file is read again from its beginning). */
export interface ReadBundle {
  readonly head: BundleHead;
  readonly frames: () => Generator<BundleFrame, void>;
}

/** Thrown where a bundle cannot be used, with the reason. */
export class BundleError extends Error {
  readonly code: BundleProblem;
  constructor(code: BundleProblem) {
    super(code);
    this.name = 'BundleError';
    this.code = code;
  }
}

/** Reads a bundle to its end and checks all of it; `open` begins at the first byte each time. Rejects with {@link BundleError}. */
export async function readBundle(crypto: BundleCrypto, reader: BundleReader, open: () => ReadBytes): Promise<ReadBundle> {
  let digest: Uint8Array = new Uint8Array(32);
  let head: BundleHead | undefined;
  let signature: Uint8Array | undefined;
  for (const { bytes, value, isLast } of framesOf(crypto, reader, open())) {
    if (isLast) signature = signatureIn(value);
    else {
      digest = chained(crypto, digest, bytes);
      head ??= headIn(value);
    }
  }
  if (!head || !signature) throw new BundleError('bundle-incomplete');
  if (!reader.isMine(head)) throw new BundleError('bundle-misaddressed');
  if (!(await reader.verify(head, signingBytes(digest), signature))) throw new BundleError('bundle-forged');
  if (head.expires < reader.now || head.made > reader.now + BUNDLE_SKEW_MS) throw new BundleError('bundle-expired');
  return {
    head,
    frames: function* () {
      let isFirst = true;
      for (const { value, isLast } of framesOf(crypto, reader, open())) {
        if (!isLast && !isFirst) yield value as BundleFrame;
        isFirst = false;
      }
    },
  };
}

interface OpenedFrame {
  readonly bytes: Uint8Array;
  readonly value: unknown;
  readonly isLast: boolean;
}

function* framesOf(crypto: BundleCrypto, { boxKey, agree }: BundleReader, read: ReadBytes): Generator<OpenedFrame, void> {
  const magic = read(MAGIC.length);
  if (magic.length !== MAGIC.length || magic.some((byte, at) => byte !== MAGIC[at])) throw new BundleError('bundle-unknown');
  const clear = readSized(read, MAX_CLEAR_BYTES);
  const { v, to, eph } = Object(parsed(clear)) as { readonly v?: unknown; readonly to?: unknown; readonly eph?: unknown };
  if (typeof v === 'number' && v > VERSION) throw new BundleError('bundle-newer');
  if (v !== VERSION || !(to instanceof Uint8Array) || !(eph instanceof Uint8Array)) throw new BundleError('bundle-altered');
  const address = addressOf(crypto, boxKey);
  if (to.length !== address.length || to.some((byte, at) => byte !== address[at])) throw new BundleError('bundle-misaddressed');
  const key = agree(eph);
  if (!key) throw new BundleError('bundle-altered');
  const clearDigest = crypto.sha256(clear);
  for (let index = 0; ; index++) {
    const sealed = readSized(read, MAX_SEALED_BYTES);
    const inner = crypto.open(key, sealed, frameAad(clearDigest, index, false));
    const packed = inner ?? crypto.open(key, sealed, frameAad(clearDigest, index, true));
    const bytes = packed && crypto.inflate(packed, MAX_FRAME_BYTES);
    if (!bytes) throw new BundleError('bundle-altered');
    yield { bytes, value: parsed(bytes), isLast: !inner };
    if (!inner) break;
  }
  if (read(1).length > 0) throw new BundleError('bundle-altered');
}

function readSized(read: ReadBytes, most: number): Uint8Array {
  const size = read(4);
  if (size.length < 4) throw new BundleError('bundle-incomplete');
  const length = new DataView(size.buffer, size.byteOffset, 4).getUint32(0);
  if (length > most) throw new BundleError('bundle-altered');
  const bytes = read(length);
  if (bytes.length < length) throw new BundleError('bundle-incomplete');
  return bytes;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return fromCbor(bytes);
  } catch {
    throw new BundleError('bundle-altered');
  }
}

function headIn(value: unknown): BundleHead {
  if (!Value.Check(BundleHeadSchema, value)) throw new BundleError('bundle-altered');
  return value;
}

function signatureIn(value: unknown): Uint8Array {
  const { t, sig } = Object(value) as { readonly t?: unknown; readonly sig?: unknown };
  if (t !== 'end' || !(sig instanceof Uint8Array)) throw new BundleError('bundle-altered');
  return sig;
}
