import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observablesOfPattern } from '#shared/intake/stix-pattern.ts';

const values = (pattern: string) => observablesOfPattern(pattern)?.map(({ kind, value }) => `${kind} ${value}`);
const quote = (value: string) => `'${value.replace(/[\\']/g, (char) => `\\${char}`)}'`;

describe('STIX patterns', () => {
  it.each([
    ["[ipv4-addr:value = '198.51.100.1']", ['ipv4 198.51.100.1']],
    ["[ipv4-addr:value='198.51.100.1']", ['ipv4 198.51.100.1']],
    ["[file:hashes.'SHA-256' = 'AB' OR file:hashes.MD5 = 'cd']", ['hash AB', 'hash cd']],
    ["[file:name = 'it\\'s \\\\ here.exe']", ["file-name it's \\ here.exe"]],
    ["[domain-name:value IN ('a.example', 'b.example')]", ['domain a.example', 'domain b.example']],
    ["[domain-name:value in ('a.example')]", ['domain a.example']],
    ["([url:value = 'http://a.example/'] AND [email-addr:value = 'x@a.example']) WITHIN 300 SECONDS", ['url http://a.example/', 'email x@a.example']],
    ["[domain-name:value = 'a.example'] FOLLOWEDBY [ipv6-addr:value = '2001:db8::1'] REPEATS 5 TIMES", ['domain a.example', 'ipv6 2001:db8::1']],
    ["[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]", ['ipv4 192.0.2.1']],
    ["[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'x' AND domain-name:value = 'a.example']", ['domain a.example']],
    ['[autonomous-system:number = 64500]', ['asn 64500']],
    ["[domain-name:value = '] OR [url:value = evil']", ['domain ] OR [url:value = evil']],
    ["[process:command_line MATCHES '.*']", []],
  ])('%s', (pattern, expected) => {
    expect(values(pattern)).toEqual(expected);
  });

  it('takes no value that the pattern excludes', () => {
    for (const pattern of ["[domain-name:value != 'a.example']", "[domain-name:value NOT = 'a.example']", "[domain-name:value NOT IN ('a.example')]", "[domain-name:value LIKE '%.example']"])
      expect(values(pattern)).toEqual([]);
  });

  it.each(['', 'x', "domain-name:value = 'a'", "[domain-name:value = 'a'", "domain-name:value = 'a']", "[domain-name:value = 'a]", '[]]', "[a:b.'c = 1]", '(]['])('%j is no pattern', (pattern) => {
    expect(observablesOfPattern(pattern)).toBeUndefined();
  });

  it('returns every quoted value as it was written, whatever is in it', () => {
    const value = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .map((text) => text.trim())
      .filter((text) => text !== '');
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), fc.boolean(), (texts, list) => {
        const comparison = list ? `file:name IN (${texts.map(quote).join(',')})` : texts.map((text) => `file:name = ${quote(text)}`).join(' OR ');
        expect(observablesOfPattern(`[${comparison}]`)?.map(({ value }) => value)).toEqual(texts);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws, and finds nothing that is not in the pattern', () => {
    const piece = fc.constantFrom('[', ']', '(', ')', "'", '\\', ' = ', ' IN ', ' AND ', ',', 'domain-name:value', 'file:hashes.MD5', "file:hashes.'X'", 'a', 'ກ', '\n', '*', '!');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (parts) => {
        for (const { value } of observablesOfPattern(parts.join('')) ?? []) for (const char of value) expect(parts.join('')).toContain(char);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['brackets', '['],
    ['quotes', "'"],
    ['steps', 'a[]'],
    ['equal signs', '='],
    ['paths', 'a:b = '],
    ['lists', "a:b IN ('"],
  ])('reads 100,000 characters of %s in time that grows with the length', (_name, piece) => {
    const started = performance.now();
    observablesOfPattern(`[${piece.repeat(Math.floor(100_000 / piece.length))}`);
    observablesOfPattern(`[a[${piece.repeat(Math.floor(100_000 / piece.length))}`);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
