import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflateBody } from '../../src-hub/server/compression.ts';

describe('inflateBody', () => {
  const body = new Uint8Array(Buffer.from('envelope '.repeat(200)));

  it('leaves a plain body as it is and inflates a deflated one', () => {
    expect(inflateBody(body, undefined, 10)).toBe(body);
    expect(inflateBody(deflateSync(body), 'deflate', body.length)).toEqual(body);
  });

  it('refuses a bomb, garbage and an encoding it does not know', () => {
    expect(() => inflateBody(deflateSync(new Uint8Array(1_000_000)), 'deflate', 100_000)).toThrow();
    expect(() => inflateBody(body, 'deflate', 100_000)).toThrow();
    expect(() => inflateBody(body, 'br', 100_000)).toThrow();
  });
});
