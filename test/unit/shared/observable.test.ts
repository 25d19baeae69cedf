import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createObservable, guessObservableKind, observableKey, refang } from '#shared/domain/observable/normalise.ts';
import { OBSERVABLE_KINDS } from '#shared/schema/observable.ts';

const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

describe('observableKey', () => {
  it.each([
    ['domain', ['evil.example', 'EVIL.example', 'evil[.]example', 'evil(.)example', 'evil{.}example', 'evil[dot]example', 'evil.example.', ' evil.example ', 'ｅｖｉｌ.example']],
    ['domain', ['ຕົວຢ່າງ.example', 'xn--q7ce6a7bvb4f.example'.replace('xn--q7ce6a7bvb4f', new URL('http://ຕົວຢ່າງ.example').hostname.split('.')[0] ?? '')]],
    ['domain', ['bücher.example', 'BÜCHER.example', 'xn--bcher-kva.example', 'bu\u0308cher.example']],
    ['ipv4', ['192.0.2.1', '192[.]0[.]2[.]1', '192.0.2[.]1', '192.0.2.1 ']],
    ['ipv6', ['2001:db8::1', '2001:DB8:0:0:0:0:0:1', '2001:0db8::0001', '[2001:db8::1]', '2001[:]db8[:][:]1']],
    ['url', ['http://evil.example/a', 'hxxp://evil.example/a', 'hxxp[://]evil[.]example/a', 'HXXP://EVIL.example/a', 'http://evil.example:80/a', 'evil.example/a']],
    ['url', ['https://evil.example/a?b=c', 'hxxps://evil[.]example/a?b=c', 'https://evil.example:443/a?b=c']],
    ['email', ['a@evil.example', 'A@Evil.Example', 'a[@]evil[.]example', 'a[at]evil(dot)example', 'a(at)evil.example']],
    ['hash', ['d41d8cd98f00b204e9800998ecf8427e', 'D41D8CD98F00B204E9800998ECF8427E']],
    ['mac', ['00:1a:2b:3c:4d:5e', '00-1A-2B-3C-4D-5E']],
    ['asn', ['64500', 'AS64500', 'as64500']],
    ['bank-account', ['012-3-45678-9', '0123456789', '012 3 45678 9', '໐໑໒໓໔໕໖໗໘໙', '០១២-៣-៤៥៦៧៨-៩']],
    ['wallet', ['0x52908400098527886E0F7030069857D2E4169EE7', '0x52908400098527886e0f7030069857d2e4169ee7']],
    ['wallet', ['bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq', 'BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ']],
  ] as const)('%s: the same key for every way of writing it', (kind, variants) => {
    expect(new Set(variants.map((value) => observableKey(kind, value))).size).toBe(1);
  });

  it.each([
    ['LA', ['+856 20 5555 0001', '+8562055550001', '00856 20 55550001', '020 5555 0001', '(020) 5555-0001', '໐໒໐ ໕໕໕໕ ໐໐໐໑']],
    ['TH', ['+66 81 234 5678', '081-234-5678', '0066812345678', '๐๘๑ ๒๓๔ ๕๖๗๘']],
    ['PH', ['+63 917 123 4567', '0917 123 4567', '+63-917-123-4567']],
  ])('telephone numbers of %s are one in national and international form', (country, variants) => {
    const keys = variants.map((value) => observableKey('phone', value, country));
    expect(new Set(keys)).toEqual(new Set([keys[0]]));
    expect(keys[0]).toMatch(/^\+\d{8,15}$/);
  });

  it('tells apart what differs', () => {
    const pairs = [
      ['wallet', '1BoatSLRHtKNngkdXEeobR76b53LETtpyT', '1boatslrhtknngkdxeeobr76b53letttpyt'],
      ['url', 'http://a.example/A', 'http://a.example/a'],
      ['url', 'http://a.example', 'https://a.example'],
      ['ipv4', '192.0.2.0/24', '192.0.2.0'],
      ['file-name', 'a.exe', 'A.exe'],
      ['domain', 'a.example', 'аa.example'],
    ] as const;
    for (const [kind, a, b] of pairs) expect(observableKey(kind, a)).not.toBe(observableKey(kind, b));
  });

  it('is stable: a key is its own key, for every kind and any text', () => {
    fc.assert(
      fc.property(fc.constantFrom('domain', 'email', 'hash', 'mac', 'bank-account', 'wallet', 'account', 'other'), fc.string({ unit: 'grapheme', maxLength: 40 }), (kind, value) => {
        const key = observableKey(kind, value);
        expect(observableKey(kind, observableKey(kind, key))).toBe(observableKey(kind, key));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('createObservable', () => {
  it('keeps the value as written, refuses the empty and the too long, and never stores half a character', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OBSERVABLE_KINDS),
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.nat(700).map((n) => '\ufdfa'.repeat(n) + '\u{1f600}'.repeat(n % 7)),
        ),
        fc.string({ unit: 'grapheme' }),
        (kind, value, note) => {
          const made = createObservable(kind, value, note, 'LA');
          if (!made) return;
          expect(made.value).toBe(value.trim());
          expect(made.key.length).toBeGreaterThan(0);
          expect(made.key.length).toBeLessThanOrEqual(2048);
          expect(lone.test(made.key)).toBe(false);
        },
      ),
      { numRuns: 3000 },
    );
    expect(createObservable('domain', ' ')).toBeUndefined();
    expect(createObservable('url', `http://a.example/${'x'.repeat(2048)}`)).toBeUndefined();
    expect(createObservable('phone', 'none')).toBeUndefined();
    expect(createObservable('other', 'x', `${'y'.repeat(499)}\u{1f600}`)?.note).toBe('y'.repeat(499));
  });

  it('undoes what makes an address harmless', () => {
    expect(refang('hxxps[:]//evil[.]example')).toBe('https://evil.example');
    expect(refang('plain.example')).toBe('plain.example');
  });
});

describe('guessObservableKind', () => {
  it.each([
    ['d41d8cd98f00b204e9800998ecf8427e', 'hash'],
    ['192.0.2.1', 'ipv4'],
    ['192[.]0[.]2[.]1', 'ipv4'],
    ['2001:db8::1', 'ipv6'],
    ['00:1a:2b:3c:4d:5e', 'mac'],
    ['hxxps://evil[.]example/a', 'url'],
    ['a[at]evil.example', 'email'],
    ['evil[.]example', 'domain'],
    ['ຕົວຢ່າງ.example', 'domain'],
    ['+856 20 5555 0001', 'phone'],
    ['AS64500', 'asn'],
    ['0x52908400098527886E0F7030069857D2E4169EE7', 'wallet'],
    ['012-3-45678-9', 'bank-account'],
    ['a note', 'other'],
    ['', 'other'],
  ])('%j is a %s', (value, kind) => {
    expect(guessObservableKind(value)).toBe(kind);
  });

  it('answers in time that grows with the length, whatever is pasted', () => {
    const started = performance.now();
    for (const piece of ['a.', 'a', '1.', ':', '-', '+1 ', '@', '0x', ' ', 'a@', '[.]', '(dot']) {
      guessObservableKind(piece.repeat(20_000));
      observableKey('domain', piece.repeat(20_000));
      observableKey('phone', piece.repeat(2000), 'LA');
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
