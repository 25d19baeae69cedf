import { createCipheriv, createDecipheriv } from 'node:crypto';
import { PIECE_BYTES, PIECE_SEAL_BYTES, pieceAad, pieceCount, pieceLength, type ContentFrame } from '#shared/contract/content.ts';

/** Distance between two sealed pieces. */
const STRIDE = PIECE_BYTES + PIECE_SEAL_BYTES;

/** The nonce of a piece is its number: the key seals one file only (contract/content.ts). */
function nonceOf(index: number): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 6, 6);
  return nonce;
}

/** Seals piece `index`; the same piece gives the same bytes every time. */
export function sealPiece(key: Uint8Array, frame: ContentFrame, index: number, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index)).setAAD(pieceAad(frame, index));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what {@link sealPiece} made; undefined where content, place, length or key is another. */
export function openPiece(key: Uint8Array, frame: ContentFrame, index: number, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length !== pieceLength(frame.sizeBytes, index) + PIECE_SEAL_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index), { authTagLength: PIECE_SEAL_BYTES }).setAAD(pieceAad(frame, index));
    decipher.setAuthTag(sealed.subarray(sealed.length - PIECE_SEAL_BYTES));
    const plain = decipher.update(sealed.subarray(0, -PIECE_SEAL_BYTES));
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** Where a sealed piece lies in the row of pieces. */
export function sealedPlace({ sizeBytes }: ContentFrame, index: number): { readonly start: number; readonly length: number } {
  return { start: index * STRIDE, length: pieceLength(sizeBytes, index) + PIECE_SEAL_BYTES };
}

/** The piece in which byte `at` of the sealed content lies; the last one for any byte behind the end. */
export function pieceOfSealed({ sizeBytes }: ContentFrame, at: number): number {
  return Math.min(Math.floor(at / STRIDE), pieceCount(sizeBytes) - 1);
}
