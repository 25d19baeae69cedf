import { createObservable } from '../domain/observable/normalise.ts';
import type { Observable, ObservableKind } from '../schema/observable.ts';

/** STIX object path → kind of observable, where the path names a value an officer looks for. */
const KIND_BY_PATH: Readonly<Record<string, ObservableKind>> = {
  'domain-name:value': 'domain',
  'ipv4-addr:value': 'ipv4',
  'ipv6-addr:value': 'ipv6',
  'url:value': 'url',
  'email-addr:value': 'email',
  'email-message:from_ref.value': 'email',
  'email-message:sender_ref.value': 'email',
  'mac-addr:value': 'mac',
  'autonomous-system:number': 'asn',
  'file:name': 'file-name',
  'user-account:account_login': 'account',
  'user-account:user_id': 'account',
  'network-traffic:dst_ref.value': 'other',
  'network-traffic:src_ref.value': 'other',
};

/** The kind of observable a STIX object path names: hashes of files by any algorithm, else {@link KIND_BY_PATH}. */
function kindOf(path: string): ObservableKind | undefined {
  if (/^(file|artifact|x509-certificate):hashes\./.test(path)) return 'hash';
  return KIND_BY_PATH[path];
}

interface Token {
  readonly kind: 'text' | 'word' | 'sign';
  readonly value: string;
}

/** Splits a pattern into quoted texts, words and signs in one pass; undefined where a text or bracket never ends. */
function tokenise(pattern: string): Token[] | undefined {
  const tokens: Token[] = [];
  let depth = 0;
  for (let i = 0; i < pattern.length;) {
    const char = pattern.charAt(i);
    if (char === "'") {
      let value = '';
      for (i++; i < pattern.length && pattern.charAt(i) !== "'"; i++) {
        if (pattern.charAt(i) === '\\') i++;
        value += pattern.charAt(i);
      }
      if (i >= pattern.length) return undefined;
      i++;
      tokens.push({ kind: 'text', value });
    } else if (/\s/.test(char)) {
      i++;
    } else if ('[](),='.includes(char)) {
      depth += char === '[' ? 1 : char === ']' ? -1 : 0;
      if (depth < 0) return undefined;
      tokens.push({ kind: 'sign', value: char });
      i++;
    } else {
      const start = i;
      // A path keeps quoted parts and list steps: file:hashes.'SHA-256', network-traffic:extensions[*]
      while (i < pattern.length && !/[\s(),=]/.test(pattern.charAt(i)) && !(pattern.charAt(i) === ']' && !pattern.slice(start, i).includes('['))) {
        if (pattern.charAt(i) === "'") {
          const end = pattern.indexOf("'", i + 1);
          if (end < 0) return undefined;
          i = end;
        }
        i++;
      }
      if (i === start) i++;
      tokens.push({ kind: 'word', value: pattern.slice(start, i) });
    }
  }
  return depth === 0 ? tokens : undefined;
}

function toObservable(path: string, value: string): Observable | undefined {
  const kind = kindOf(path.replaceAll("'", ''));
  return kind ? createObservable(kind === 'other' ? (value.includes(':') ? 'ipv6' : 'ipv4') : kind, value) : undefined;
}

/**
 * The values a STIX 2 pattern looks for: every `path = 'value'` and `path IN ('a', 'b')`, without those negated.
 * The pattern is read, not evaluated; undefined where it is not a pattern at all (STIX 2.1 §9).
 */
export function observablesOfPattern(pattern: string): readonly Observable[] | undefined {
  const tokens = tokenise(pattern);
  const first = tokens?.find(({ kind, value }) => kind !== 'sign' || value !== '(');
  if (!tokens || first?.kind !== 'sign' || first.value !== '[') return undefined;
  const found: Observable[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const path = tokens[i];
    if (path?.kind !== 'word' || !path.value.includes(':')) continue;
    const operator = tokens[i + 1];
    const values: string[] = [];
    if (operator?.kind === 'text') continue;
    if (operator?.value === '=') values.push(tokens[i + 2]?.value ?? '');
    else if (operator?.value.toUpperCase() === 'IN')
      for (let j = i + 3; j < tokens.length && !(tokens[j]?.kind === 'sign' && tokens[j]?.value === ')'); j++) if (tokens[j]?.kind === 'text') values.push(tokens[j]?.value ?? '');
    for (const value of values) {
      const observable = toObservable(path.value, value);
      if (observable) found.push(observable);
    }
  }
  return found;
}
