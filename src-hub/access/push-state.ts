import { bytesToHex } from '#shared/base/ids.ts';
import type { Wrap } from '#shared/contract/sync.ts';
import type { MandateClaim } from '#shared/schema/release.ts';
import type { Tlp } from '#shared/schema/record.ts';
import type { Sql } from '../db/database.ts';
import type { Candidate } from './push-row.ts';
import { readKeyStates } from './keys.ts';
import { asTlp, bytesToWraps, plain } from './stored-record.ts';

/** What the rules need to know of a stored record; content is not loaded. */
export interface Master {
  readonly id: string;
  readonly owner: string;
  readonly entity: string;
  readonly audience: readonly string[];
  readonly tlp: Tlp;
  readonly rev: string;
  readonly deleted: boolean;
  readonly author: string;
  readonly authorCountry: string;
  readonly ref: string;
  /** SHA-256 of the body, hexadecimal. */
  readonly sha: string;
  readonly wraps: readonly Wrap[];
}

/** Everything the rules of one batch look at, read in its transaction; `masters` and `mandates` follow the rows that are accepted. */
export interface PushState {
  /** The record the caller sees under each id. */
  readonly masters: Map<string, Master>;
  /** Ids of the caller's own unit that its buckets no longer reach. */
  readonly ownHidden: ReadonlySet<string>;
  /** Countries of the buckets the caller may name. */
  readonly countriesByBucket: ReadonlyMap<string, readonly string[]>;
  /** Countries of buckets that only the audience of a visible record names. */
  readonly hiddenCountriesByBucket: ReadonlyMap<string, readonly string[]>;
  readonly memberBuckets: ReadonlySet<string>;
  /** Units of the named taskforces that the caller may know of. */
  readonly unitsByTaskforce: ReadonlyMap<string, readonly string[]>;
  readonly countryByUnit: ReadonlyMap<string, string>;
  /** How far the keys of the caller's named buckets are. */
  readonly keyStates: ReadonlyMap<string, { readonly newest: number; readonly stale: boolean }>;
  /** Open mandates whose signer is not revoked, by the record that carries them. */
  readonly mandates: Map<string, MandateClaim>;
}

/** Unit buckets of an audience whose unit is in none of its taskforces. */
export function outsidersOf(audience: readonly string[], state: PushState): readonly string[] {
  const insiders = new Set(audience.flatMap((bucket) => state.unitsByTaskforce.get(bucket) ?? []));
  return audience.filter((bucket) => bucket.startsWith('u:') && !insiders.has(bucket.slice(2)));
}

interface MasterRow {
  readonly id: string;
  readonly owner: string;
  readonly entity: string;
  readonly audience: string[];
  readonly tlp: string;
  readonly rev: string;
  readonly deleted: boolean;
  readonly author: string;
  readonly author_country: string | null;
  readonly ref: string;
  readonly body_sha: Uint8Array;
  readonly wraps: Uint8Array;
}

const MASTER_COLUMNS = `id, owner, entity, audience, tlp, rev, deleted, author, ref, body_sha, wraps,
  (select u.country from device d join unit u on u.id = d.unit where d.id = records.author) as author_country`;

/** Reads the state of a batch and locks, in id order, the records it may change. */
export async function loadPushState(sql: Sql, candidates: readonly Candidate[]): Promise<PushState> {
  // shared with other pushes, exclusive for changes of membership (0002-feed.sql)
  await sql.rows('select pg_advisory_xact_lock_shared(7002)');
  const changing = candidates.flatMap(({ rec, claim }) => (claim?.kind === 'release' ? [rec.id, claim.record] : [rec.id]));
  const masters = await loadMasters(
    sql,
    changing,
    candidates.flatMap(({ rec }) => (rec.ref ? [rec.ref] : [])),
  );
  const named = new Set(candidates.flatMap(({ rec, claim }) => [...rec.audience, ...(claim?.kind === 'release' ? claim.audience : claim ? [claim.bucket] : [])]));
  const countriesByBucket = await loadCountries(sql, [...named]);
  const unnamed = [...masters.values()].flatMap((master) => master.audience).filter((bucket) => !countriesByBucket.has(bucket));
  const mandates = await sql.rows<{ id: string; claim: MandateClaim }>(
    'select m.record_id as id, m.claim from mandate m join device d on d.id = m.signer where m.withdrawn_at is null and d.revoked_at is null and m.bucket = any($1::text[])',
    [[...named]],
  );
  const taskforces = await sql.rows<{ bucket: string; units: string[] }>("select bucket, array_agg(unit) as units from member where bucket like 't:%' and bucket = any($1::text[]) group by bucket", [
    [...named],
  ]);
  return {
    masters,
    ownHidden: new Set((await sql.rows<{ id: string }>('select id from hub_own_hidden($1::uuid[]) id', [changing])).map((row) => row.id)),
    countriesByBucket,
    hiddenCountriesByBucket: toCountries(await sql.rows('select bucket, countries from hub_countries($1::text[])', [unnamed])),
    memberBuckets: new Set((await sql.rows<{ bucket: string }>('select bucket from member where unit = (select ctx_unit())')).map((row) => row.bucket)),
    unitsByTaskforce: new Map(taskforces.map((row) => [row.bucket, row.units])),
    countryByUnit: new Map((await sql.rows<{ id: string; country: string }>('select id, country from unit')).map((row) => [row.id, row.country])),
    keyStates: new Map((await readKeyStates(sql, [...named])).map((state) => [state.bucket, state])),
    mandates: new Map(mandates.map(({ id, claim }) => [id, claim])),
  };
}

async function loadMasters(sql: Sql, changing: readonly string[], referred: readonly string[]): Promise<Map<string, Master>> {
  const locked = await sql.rows<MasterRow>(`select ${MASTER_COLUMNS} from records where id = any($1::uuid[]) order by id, seq for update`, [[...new Set(changing)]]);
  const looked = await sql.rows<MasterRow>(`select ${MASTER_COLUMNS} from records where id = any($1::uuid[]) order by id, seq`, [[...new Set(referred)]]);
  const masters = new Map<string, Master>();
  for (const { body_sha, author_country, ...row } of [...locked, ...looked]) {
    if (masters.has(row.id)) continue; // the older of two rows of one id counts
    masters.set(row.id, { ...row, authorCountry: author_country ?? '', tlp: asTlp(row.tlp), sha: bytesToHex(plain(body_sha)), wraps: bytesToWraps(row.wraps) });
  }
  return masters;
}

/** Countries of the named buckets that the caller may know of; taskforces of others are as unknown as ones that do not exist. */
async function loadCountries(sql: Sql, buckets: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  return toCountries(
    await sql.rows('select m.bucket, array_agg(distinct u.country) as countries from member m join unit u on u.id = m.unit where m.bucket = any($1::text[]) group by m.bucket', [buckets]),
  );
}

function toCountries(rows: readonly { readonly bucket: string; readonly countries: string[] }[]): ReadonlyMap<string, readonly string[]> {
  return new Map(rows.map((row) => [row.bucket, row.countries]));
}
