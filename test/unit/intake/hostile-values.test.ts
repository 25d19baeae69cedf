import { describe, expect, it } from 'vitest';
import { readMispEvents } from '#shared/intake/misp.ts';
import { readStixBundle } from '#shared/intake/stix.ts';

/** Objects that throw when they are turned into text or a number; found by the fuzzer. */
const MUTE = { toString: null, valueOf: null };

describe('values that have no text', () => {
  it('do not stop a MISP event', () => {
    const { items } = readMispEvents({ Event: { uuid: '00000000-0000-4000-8000-000000000000', info: 'x', timestamp: MUTE } }, 'f.json');
    expect(items).toHaveLength(1);
  });

  it('do not stop a STIX bundle', () => {
    const object = (type: string, over: object) => ({ type, id: `${type}--00000000-0000-4000-8000-000000000000`, spec_version: '2.1', ...over });
    const bundle = {
      type: 'bundle',
      objects: [object('autonomous-system', { number: MUTE }), object('malware', { name: 'm', modified: MUTE }), object('indicator', { pattern: MUTE, modified: MUTE })],
    };
    const { items, rejected } = readStixBundle(bundle, 'f.json');
    expect(items.length + rejected.length).toBe(3);
  });
});
