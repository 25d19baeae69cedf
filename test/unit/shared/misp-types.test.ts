import { describe, expect, it } from 'vitest';
import { mispKindsOf, mispPartsOf } from '#shared/domain/observable/misp-types.ts';
import { readMispWarningList } from '#shared/domain/observable/warning-list.ts';
import { readMispEvents } from '#shared/intake/misp.ts';

describe('attribute types of MISP', () => {
  it('have their parts in the order of the value, an address in either version', () => {
    expect(mispPartsOf('domain|ip')).toEqual(['domain', 'ip']);
    expect(mispKindsOf('domain|ip')).toEqual(['domain', 'ipv4', 'ipv6']);
    expect(mispKindsOf('filename|sha512')).toEqual(['file-name', 'hash']);
  });

  it.each(['comment', '', 'constructor', '__proto__', 'toString'])('are not known as %j', (type) => {
    expect([mispPartsOf(type), mispKindsOf(type)]).toEqual([undefined, []]);
  });

  it.each([
    ['mac-address', '00-53-00-00-00-01'],
    ['btc', 'bc1qsyntheticexample000000000000000000000000'],
    ['email-reply-to', 'nobody@mail.example'],
    ['ip-dst', '2001:db8::1'],
  ])('mean the same in an event and in a warning list: %s', (type, value) => {
    const event = { Event: { uuid: 'a1b2c3d4-0000-4000-8000-000000000001', info: 'Synthetic', Attribute: [{ uuid: 'u', type, value }] } };
    const kinds = readMispEvents(event, 'file.json').items.flatMap(({ body }) => body.observables.map(({ kind }) => kind));
    const list = readMispWarningList('x', { name: 'Synthetic', description: '', version: 1, type: 'string', list: [value], matching_attributes: [type] });
    expect(kinds).toHaveLength(1);
    expect(list.ok && list.value.kinds).toEqual(expect.arrayContaining(kinds));
  });
});
