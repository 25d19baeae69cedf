import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonBreak } from '#shared/intake/json-position.ts';
import { readIntakeFile } from '#shared/intake/read-file.ts';

const read = (text: string | Uint8Array) => readIntakeFile(typeof text === 'string' ? new TextEncoder().encode(text) : text, 'file.json');

describe('readIntakeFile', () => {
  it.each([
    ['stix-2.1-bundle.json', 'stix-2.1'],
    ['misp-event.json', 'misp'],
  ])('tells the format of %s by its content', (name, format) => {
    const file = readIntakeFile(readFileSync(`test/fixtures/${name}`), 'renamed.txt');
    expect(file.ok && file.value.format).toBe(format);
  });

  it.each(['{}', '[]', 'null', '0', '"text"', '{"type":"bundle"}', '{"type":"bundle","objects":{}}', '{"Event":[]}', '{"response":[]}', '{"objects":[]}'])('does not guess what %s is', (text) => {
    expect(read(text)).toEqual({ ok: false, error: { code: 'file-unknown-format', detail: { name: 'file.json' } } });
  });

  it('reads a file that starts with a byte order mark', () => {
    expect(read('\ufeff{"type":"bundle","objects":[]}').ok).toBe(true);
  });

  it('refuses bytes that are not UTF-8', () => {
    for (const bytes of [
      [0xff, 0xfe, 0x7b, 0],
      [0x22, 0xc0, 0xaf, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ])
      expect(read(Uint8Array.from(bytes))).toMatchObject({ ok: false, error: { code: 'file-not-json' } });
  });

  it('refuses nesting deeper than 100, brackets in texts not counted', () => {
    const nested = (depth: number) => `{"type":"bundle","objects":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    expect(read(nested(100)).ok).toBe(true);
    expect(read(nested(101))).toMatchObject({ ok: false, error: { code: 'file-too-deep' } });
    expect(read('['.repeat(5_000_000))).toMatchObject({ ok: false, error: { code: 'file-too-deep' } });
    expect(read(JSON.stringify({ type: 'bundle', objects: [], text: `${'['.repeat(500)}\\"[` })).ok).toBe(true);
  });
});

describe('position of a break', () => {
  it.each([
    ['{"a": nope}', 6],
    ['{"a":1,}', 7],
    ['[1,]', 3],
    ['[1,2', 4],
    ['{"a":1 "b":2}', 7],
    ['x', 0],
    ['', 0],
    ['{"type":"bundle","objects":[{"a":tru}]}', 33],
    ['{"a":1}}', 7],
    ['[}', 1],
    ['{]', 1],
    ['{"a"}', 4],
    ['{"a":}', 5],
    ['[01]', 2],
    ['"tab\there"', 4],
    ['{"ພາສາ": ລາວ}', 9],
  ])('%j breaks at %i', (text, position) => {
    expect(read(text)).toMatchObject({ ok: false, error: { code: 'file-not-json', detail: { position } } });
  });

  it('is where the engine says, wherever its message says it', () => {
    const chars = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', '-0.5e3', 'true', 'null', ' ', '\n', '"\\n"', '"\\u00e9"');
    fc.assert(
      fc.property(fc.array(chars, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        try {
          JSON.parse(text);
          expect(findJsonBreak(text)).toBe(text.length);
        } catch (error) {
          const named = /position (\d+)/.exec((error as Error).message)?.[1];
          const found = findJsonBreak(text);
          if (named !== undefined) expect(found).toBe(Number(named));
          expect(found).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('never claims a break in text that is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findJsonBreak(text)).toBe(text.length);
      }),
      { numRuns: 500 },
    );
  });

  it('is found in a large file within a second', () => {
    const text = `[${'{"a":"value"},'.repeat(300_000)}oops]`;
    const started = performance.now();
    expect(findJsonBreak(text)).toBe(text.length - 5);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
