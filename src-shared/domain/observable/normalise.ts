import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import { withLatinDigits } from '../text/scripts.ts';
import type { Observable, ObservableKind } from '../../schema/observable.ts';

/** Undoes the usual ways of making an address harmless in a report: `hxxp`, `[://]`, `[.]`, `{.}`, `(dot)`, `[at]`. */
export function refang(value: string): string {
  return value
    .replace(/^hxxp/i, 'http')
    .replace(/\[:\/\/\]/g, '://')
    .replace(/\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}/gi, '.')
    .replace(/\[@\]|\[at\]|\(at\)/gi, '@')
    .replace(/\[:\]/g, ':');
}

/** The host as a browser would write it: lower case, punycode, canonical IP; undefined where it is none. */
function canonicalHost(host: string): string | undefined {
  try {
    return new URL(`http://${host.replace(/\.$/, '')}/`).hostname;
  } catch {
    return undefined;
  }
}

function urlKey(value: string): string {
  try {
    return new URL(value.includes('://') ? value : `http://${value}`).href;
  } catch {
    return value;
  }
}

/** E.164 where the number can be read; a leading `00` is read as `+` where the country itself dials abroad in another way. */
function phoneKey(value: string, country: string | undefined): string {
  const readings = [value, value.replace(/^00(?=[1-9])/, '+')].map((text) => parsePhoneNumberFromString(text, country as CountryCode | undefined));
  return readings.find((parsed) => parsed?.isPossible())?.number ?? value.replace(/[^0-9+]/g, '');
}

/** Bech32 and hexadecimal addresses ignore case; base58 ones do not. */
function walletKey(value: string): string {
  return /^(0x[0-9a-f]+|(bc|tb|ltc|cosmos|addr)1[0-9a-z]+)$/i.test(value) ? value.toLowerCase() : value;
}

/**
 * The form under which two observables are the same. Never shown; the value stays as it was written.
 * `country` (ISO 3166-1 alpha-2) reads national telephone numbers.
 */
export function observableKey(kind: ObservableKind, value: string, country?: string): string {
  const clean = refang(value.normalize('NFKC').trim());
  switch (kind) {
    case 'domain':
      return canonicalHost(clean) ?? clean.toLowerCase();
    case 'ipv4':
      return clean.includes('/') ? clean : (canonicalHost(clean) ?? clean);
    case 'ipv6':
      return (canonicalHost(`[${clean.replace(/^\[|\]$/g, '')}]`) ?? clean.toLowerCase()).replace(/^\[|\]$/g, '');
    case 'url':
      return urlKey(clean);
    case 'email':
      return clean.toLowerCase();
    case 'phone':
      return phoneKey(withLatinDigits(clean), country);
    case 'wallet':
      return walletKey(clean);
    case 'bank-account':
      return withLatinDigits(clean).replace(/[\s-]/g, '').toUpperCase();
    case 'hash':
      return clean.toLowerCase();
    case 'mac':
      return clean.toLowerCase().replace(/-/g, ':');
    case 'asn':
      return clean.replace(/^as/i, '');
    case 'file-name':
    case 'account':
    case 'other':
      return clean;
  }
}

/** Largest value kept, in characters; a longer one is no observable. */
const MAX_VALUE = 2048;

/** The first `max` characters, without half a surrogate pair at the end: such text cannot be stored. */
function cut(text: string, max: number): string {
  return text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}

/** An observable of a value, or undefined where the value is empty or too long. */
export function createObservable(kind: ObservableKind, value: string, note = '', country?: string): Observable | undefined {
  const written = value.trim();
  const key = written === '' || written.length > MAX_VALUE ? '' : cut(observableKey(kind, written, country), MAX_VALUE);
  if (key === '') return undefined;
  return note === '' ? { kind, value: written, key } : { kind, value: written, key, note: cut(note, 500) };
}

/** The kind a pasted value most likely is. */
export function guessObservableKind(value: string): ObservableKind {
  const clean = withLatinDigits(refang(value.trim()));
  if (/^[a-f0-9]{32}$|^[a-f0-9]{40}$|^[a-f0-9]{64}$|^[a-f0-9]{128}$/i.test(clean)) return 'hash';
  if (/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(clean)) return 'ipv4';
  if (/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(clean)) return 'mac';
  if (/^[0-9a-f:]+$/i.test(clean) && clean.split(':').length > 2) return 'ipv6';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(clean)) return 'url';
  if (/^[^\s@]+@[^\s@]+$/.test(clean)) return 'email';
  if (/^(0x[0-9a-f]{40}|bc1[0-9a-z]{20,80}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33})$/i.test(clean)) return 'wallet';
  if (/^\+[\d\s().-]{7,20}$/.test(clean)) return 'phone';
  if (/^AS\d{1,10}$/i.test(clean)) return 'asn';
  if (/^[\p{L}\p{M}\p{N}-]+(\.[\p{L}\p{M}\p{N}-]+)+$/u.test(clean)) return 'domain';
  if (/^[\d\s-]{8,34}$/.test(clean)) return 'bank-account';
  return 'other';
}
