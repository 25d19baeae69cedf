import type { ObservableKind } from '../../schema/observable.ts';

/** What one part of a value is; `ip` is an address of either version, which its own text decides. */
export type MispPart = Exclude<ObservableKind, 'ipv4' | 'ipv6'> | 'ip';

/** Attribute type of MISP → its parts in their order: one, or for a composite type one for each side of the bar (MISP core format §2.4). */
const PARTS_BY_TYPE: Readonly<Record<string, readonly MispPart[]>> = {
  domain: ['domain'],
  hostname: ['domain'],
  'domain|ip': ['domain', 'ip'],
  'hostname|port': ['domain'],
  'ip-src': ['ip'],
  'ip-dst': ['ip'],
  'ip-src|port': ['ip'],
  'ip-dst|port': ['ip'],
  url: ['url'],
  uri: ['url'],
  'email-src': ['email'],
  'email-dst': ['email'],
  email: ['email'],
  'email-reply-to': ['email'],
  'mac-address': ['mac'],
  AS: ['asn'],
  md5: ['hash'],
  sha1: ['hash'],
  sha224: ['hash'],
  sha256: ['hash'],
  sha384: ['hash'],
  sha512: ['hash'],
  ssdeep: ['hash'],
  imphash: ['hash'],
  authentihash: ['hash'],
  tlsh: ['hash'],
  vhash: ['hash'],
  filename: ['file-name'],
  'filename|md5': ['file-name', 'hash'],
  'filename|sha1': ['file-name', 'hash'],
  'filename|sha256': ['file-name', 'hash'],
  'filename|sha512': ['file-name', 'hash'],
  'malware-sample': ['file-name', 'hash'],
  btc: ['wallet'],
  xmr: ['wallet'],
  dash: ['wallet'],
  iban: ['bank-account'],
  'bank-account-nr': ['bank-account'],
  'cc-number': ['bank-account'],
  'phone-number': ['phone'],
  'whois-registrant-phone': ['phone'],
  'whois-registrant-email': ['email'],
  'github-username': ['account'],
  'twitter-id': ['account'],
  'telegram-id': ['account'],
};

/** The parts of an attribute's value in their order; undefined for a type that is no observable. */
export function mispPartsOf(type: string): readonly MispPart[] | undefined {
  return Object.hasOwn(PARTS_BY_TYPE, type) ? PARTS_BY_TYPE[type] : undefined;
}

/** The kinds of observable that come of an attribute type, in the order of its parts; none for a type that is no observable. */
export function mispKindsOf(type: string): readonly ObservableKind[] {
  return (mispPartsOf(type) ?? []).flatMap((part): readonly ObservableKind[] => (part === 'ip' ? ['ipv4', 'ipv6'] : [part]));
}
