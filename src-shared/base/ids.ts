/** A source of `length` random bytes; passed in so that tests can seed it. */
export type RandomBytes = (length: number) => Uint8Array;

/**
 * Randomness drawn `stockBytes` at a time and handed out once: asking the system for twelve bytes costs as much as for four thousand.
 * What was handed out is overwritten here.
 */
export function stockedRandom(random: RandomBytes, stockBytes = 4096): RandomBytes {
  let stock = random(0);
  let at = 0;
  return (length) => {
    if (length > stockBytes) return random(length);
    if (at + length > stock.length) {
      stock = random(stockBytes);
      at = 0;
    }
    const out = stock.slice(at, at + length);
    stock.fill(0, at, (at += length));
    return out;
  };
}

/** Wall clock in milliseconds since 1970-01-01T00:00:00Z; passed in so that tests can set it. */
export type Clock = () => number;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal of `bytes`, two characters a byte. */
export function bytesToHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += HEX[byte];
  return out;
}

/**
 * A UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits, so ids sort by the time they were made.
 */
export function createUuidV7(clock: Clock, random: RandomBytes): string {
  const bytes = random(16).slice();
  const ms = clock();
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(ms / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytesToHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A revision token: 96 random bits in hexadecimal. Made by the client on every edit, never by the hub (docs/adr/0005). */
export function createRev(random: RandomBytes): string {
  return bytesToHex(random(12));
}

/** Matches the text form of a UUID, any version, lower case. */
export const UUID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
