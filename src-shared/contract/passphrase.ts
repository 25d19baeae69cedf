/**
 * A passphrase as it crosses to main: the UTF-8 bytes of its NFKC form, so that composed and decomposed letters are the
 * same. Bytes, because text in a JavaScript heap cannot be overwritten; whoever has used them fills them with zeros.
 */
export function encodePassphrase(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text.normalize('NFKC'));
}

/** Characters (code points) in UTF-8 bytes, without making a text of them. */
export function countCharacters(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => count + ((byte & 0xc0) === 0x80 ? 0 : 1), 0);
}
