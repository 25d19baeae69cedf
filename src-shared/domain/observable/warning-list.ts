import { err, ok, type Result } from '../../base/result.ts';
import type { ObservableKind } from '../../schema/observable.ts';
import { addressBits, createRangeSet, type RangeSet } from './ip-range.ts';
import { mispKindsOf } from './misp-types.ts';

/**
 * A list of values so widely shared that two records holding one have nothing in common: public resolvers, networks of CDNs, top sites.
 * `string` compares keys, `hostname` also takes every host below a name, `cidr` takes addresses and ranges of IPv4 and IPv6.
 */
export interface WarningList {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** Where the facts come from. */
  readonly source: string;
  readonly type: 'string' | 'hostname' | 'cidr';
  readonly kinds: readonly ObservableKind[];
  readonly values: readonly string[];
}

/** Finds the list that names an observable. */
export interface WarningMatcher {
  /** Id of the first list that holds the key, or undefined. */
  readonly listOf: (observable: { readonly kind: string; readonly key: string }) => string | undefined;
}

interface Prepared {
  readonly id: string;
  readonly kinds: ReadonlySet<string>;
  readonly holds: (key: string) => boolean;
}

/** The host's own name and the names above it, longest first. */
function namesAbove(host: string): string[] {
  const labels = host.split('.');
  return labels.map((_label, n) => labels.slice(n).join('.'));
}

function prepare({ id, type, kinds, values }: WarningList): Prepared {
  const forKinds = new Set<string>(kinds);
  if (type === 'cidr') {
    const ranges: RangeSet = createRangeSet(values);
    return { id, kinds: forKinds, holds: (key) => ranges.holds(key) };
  }
  const set = new Set(values.map((value) => value.toLowerCase()));
  return { id, kinds: forKinds, holds: type === 'string' ? (key) => set.has(key.toLowerCase()) : (key) => namesAbove(key.toLowerCase()).some((name) => set.has(name)) };
}

/** Prepares lists for many questions; an address is found among ranges without walking them. */
export function createWarningMatcher(lists: readonly WarningList[]): WarningMatcher {
  const prepared = lists.map(prepare);
  return { listOf: ({ kind, key }) => prepared.find(({ kinds, holds }) => kinds.has(kind) && holds(key))?.id };
}

/** Why a file is no warning list this version can use. */
export type WarningListProblem = 'not-a-list' | 'unknown-type' | 'no-kind';

/** Largest list read, in values; the largest published one has about two million. */
const VALUES_MAX = 3_000_000;

/**
 * Reads a list in the format of MISP's warninglists (github.com/MISP/misp-warninglists, schema.json). `substring` and `regex` lists are
 * refused: they would suppress values nobody listed. Values that are no address in a `cidr` list are left out when the matcher is made.
 */
export function readMispWarningList(id: string, file: unknown): Result<WarningList, WarningListProblem> {
  const { name, description, version, type, list, matching_attributes: attributes } = Object(file) as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || !Array.isArray(list) || list.length > VALUES_MAX) return err('not-a-list');
  const known = (['string', 'hostname', 'cidr'] as const).find((each) => each === type);
  if (known === undefined) return err('unknown-type');
  const kinds = new Set((Array.isArray(attributes) ? attributes : []).flatMap((attribute) => mispKindsOf(String(attribute))));
  const wanted = [...kinds].filter((kind) => (known === 'cidr' ? kind === 'ipv4' || kind === 'ipv6' : known === 'hostname' ? kind === 'domain' : true));
  if (wanted.length === 0) return err('no-kind');
  const values = list.filter((value) => typeof value === 'string' && (known !== 'cidr' || addressBits(value.split('/')[0] ?? '') !== undefined)) as string[];
  return ok({ id, name, version: typeof version === 'number' ? version : 0, source: typeof description === 'string' ? description : '', type: known, kinds: wanted, values });
}
