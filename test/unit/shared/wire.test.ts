import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHex } from '#shared/base/ids.ts';
import { claimSigningBytes, formatEnrolmentCode, fromBase32, fromCbor, parseEnrolmentCode, recordSigningBytes, sealAad, toBase32, toCbor, wrapAad } from '#shared/contract/wire.ts';
import type { Claim } from '#shared/schema/release.ts';

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('-0'));

/** The same value with the members of every object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reordered(inner)]),
  );
}

describe('deterministic CBOR', () => {
  it('gives the same bytes whatever the order of members, and reads back the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(bytesToHex(toCbor(reordered(value)))).toBe(bytesToHex(toCbor(value)));
        expect(bytesToHex(toCbor(fromCbor(toCbor(value))))).toBe(bytesToHex(toCbor(value)));
      }),
      { numRuns: 1000 },
    );
  });

  it('sorts keys by their encoded bytes (RFC 8949 §4.2.1)', () => {
    expect(bytesToHex(toCbor({ b: 1, aa: 2, a: 3 }))).toBe('a361610361620162616102');
  });

  it.each([
    ['an indefinite length', '9f01ff'],
    ['a repeated key', 'a2616101616102'],
    ['a tag', 'c11a5f5e1000'],
    ['undefined', 'f7'],
    ['a length written too long', '1817'.replace('17', '05')],
    ['a cut value', '4401'],
    ['bytes behind the value', '0101'],
    ['nothing', ''],
  ])('refuses %s', (_name, hex) => {
    expect(() => fromCbor(Buffer.from(hex, 'hex'))).toThrow();
  });

  it('ends with an error, not a crash, on a million nested lists', () => {
    expect(() => fromCbor(new Uint8Array(1_000_000).fill(0x81))).toThrow();
  });

  it('does not let a key named __proto__ reach the prototype', () => {
    const read = fromCbor(Buffer.from('a1695f5f70726f746f5f5fa1617801', 'hex')) as { x?: unknown };
    expect(read.x).toBeUndefined();
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});

describe('base32', () => {
  it('reads back every multiple of five bytes, in any case, with hyphens and look-alikes', () => {
    fc.assert(
      fc.property(
        fc.nat(6).chain((n) => bytesOf(n * 5)),
        (bytes) => {
          const text = toBase32(bytes);
          expect(text).toMatch(/^[0-9A-HJKMNP-TV-Z]*$/);
          for (const variant of [text, text.toLowerCase(), (text.match(/.{1,3}/g) ?? []).join(' - '), text.replace(/0/g, 'O').replace(/1/g, 'l')]) expect(fromBase32(variant)).toEqual(bytes);
        },
      ),
    );
  });

  it.each(['U0000000', 'ກ0000000', '0000000!', '0', '000000000'])('refuses %s', (text) => {
    expect(fromBase32(text)).toBeUndefined();
  });
});

describe('enrolment codes', () => {
  const host = fc.oneof(fc.constantFrom('hub.example', '127.0.0.1', 'localhost', '[2001:db8::1]'), fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?$/));

  it('read back what was written, however the officer types it', () => {
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), bytesOf(10), bytesOf(10), (name, port, secret, pin) => {
        const code = formatEnrolmentCode(name, port, secret, pin);
        expect(code.split('/')[1]).toMatch(/^([0-9A-Z]{4}-){7}[0-9A-Z]{4}$/);
        const expected = { host: name, port, secret: toBase32(secret), caPin: bytesToHex(pin) };
        for (const typed of [code, `  ${code.toLowerCase()}\n`, code.replaceAll('-', name.includes('-') ? '-' : ' ')])
          expect(parseEnrolmentCode(typed)).toEqual({ ...expected, host: typed === code ? name : (parseEnrolmentCode(typed)?.host ?? '') });
        expect(parseEnrolmentCode(code)?.host).toBe(name);
      }),
    );
  });

  const groups = '0000-1111-2222-3333-4444-5555-6666-7777';
  it.each([
    '',
    'hub.example',
    `hub.example/${groups}`,
    `:443/${groups}`,
    `hub.example:0/${groups}`,
    `hub.example:65536/${groups}`,
    `hub.example:-1/${groups}`,
    `hub example:443/${groups}`,
    `https://hub.example:443/${groups}`,
    `user@hub.example:443/${groups}`,
    `hub.example:443/${groups}0`,
    `hub.example:443/${groups}-0000`,
    `hub.example:443/${groups.slice(0, -1)}`,
    `hub.example:443/${groups.replace('0000', 'UUUU')}`,
    `hub.example:443/../${groups}`,
    `hub.example:443/${groups}?x`,
    `hub.example:4 43/${groups}`,
  ])('refuse %j', (typed) => {
    expect(parseEnrolmentCode(typed)).toBeUndefined();
  });

  it('are refused in time that grows with their length', () => {
    const started = performance.now();
    parseEnrolmentCode(`${' '.repeat(200_000)}x`);
    parseEnrolmentCode(`h:1/${'- '.repeat(100_000)}!`);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('signed and bound bytes', () => {
  const header = { id: 'i', entity: 'case', owner: 'la', tlp: 'RED', rev: 'r', deleted: false, author: 'a', ref: '' } as const;
  const hash = new Uint8Array(32);

  it('change with every field of a record', () => {
    const base = bytesToHex(recordSigningBytes(header, hash));
    const others = [{ id: 'j' }, { entity: 'brief' }, { owner: 'ph' }, { tlp: 'GREEN' as const }, { rev: 's' }, { deleted: true }, { author: 'b' }, { ref: 'x' }].map((change) =>
      bytesToHex(recordSigningBytes({ ...header, ...change }, hash)),
    );
    others.push(bytesToHex(recordSigningBytes(header, new Uint8Array(32).fill(1))));
    expect(new Set([base, ...others]).size).toBe(10);
  });

  it('keep neighbouring fields apart: no two different tuples give the same bytes', () => {
    expect(bytesToHex(sealAad({ id: 'ab', entity: 'c', owner: '', rev: '' }))).not.toBe(bytesToHex(sealAad({ id: 'a', entity: 'bc', owner: '', rev: '' })));
    expect(bytesToHex(wrapAad('a', 'b', 'u:x', 1))).not.toBe(bytesToHex(wrapAad('a', 'b', 'u:x', 2)));
  });

  it('of a claim do not depend on the order its members were written in', () => {
    const claim: Claim = { kind: 'release', record: 'r', rev: 'v', sha256: 'h', audience: ['u:ph'], purpose: 'p', legalBasis: 'l', signedAt: 's', expires: 'e', signer: 'd' };
    expect(bytesToHex(claimSigningBytes(reordered(claim) as Claim))).toBe(bytesToHex(claimSigningBytes({ ...claim, audience: ['u:ph'] })));
  });
});
