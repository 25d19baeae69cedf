/** An address as a number, and whether it has 32 or 128 bits. */
export interface AddressBits {
  readonly bits: bigint;
  readonly size: 32 | 128;
}

function ipv4Bits(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function ipv6Bits(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.toLowerCase().split('::');
  if (more.length > 0) return undefined;
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...left, ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'), ...right];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** Reads an IPv4 address in four decimal parts or an IPv6 address in hexadecimal groups (RFC 4291 §2.2, forms 1 and 2); undefined for anything else. */
export function addressBits(text: string): AddressBits | undefined {
  const four = ipv4Bits(text);
  if (four !== undefined) return { bits: four, size: 32 };
  const six = text.includes(':') ? ipv6Bits(text) : undefined;
  return six === undefined ? undefined : { bits: six, size: 128 };
}

/** Addresses and ranges, asked one address at a time. */
export interface RangeSet {
  readonly holds: (address: string) => boolean;
}

/** A set of addresses and CIDR ranges (RFC 4632); what is neither is left out. One look-up for each length of prefix that occurs. */
export function createRangeSet(ranges: readonly string[]): RangeSet {
  const prefixes = { 32: new Map<number, Set<bigint>>(), 128: new Map<number, Set<bigint>>() };
  for (const range of ranges) {
    const [address = '', length] = range.split('/');
    const read = addressBits(address);
    const prefix = length === undefined ? read?.size : /^\d{1,3}$/.test(length) ? Number(length) : undefined;
    if (!read || prefix === undefined || prefix > read.size) continue;
    const ofLength = prefixes[read.size].get(prefix) ?? new Set();
    prefixes[read.size].set(prefix, ofLength.add(read.bits >> BigInt(read.size - prefix)));
  }
  return {
    holds: (address) => {
      const read = addressBits(address);
      return read !== undefined && [...prefixes[read.size]].some(([prefix, held]) => held.has(read.bits >> BigInt(read.size - prefix)));
    },
  };
}
