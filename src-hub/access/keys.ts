import type { KeyAnswer, KeyUpload } from '#shared/contract/sync.ts';
import type { Database, Sql } from '../db/database.ts';
import { asCaller, type Caller } from './caller.ts';
import { plain } from './stored-record.ts';

/** Longest wrapped key, in bytes: a wrap of 64 bytes with an ephemeral public key needs 124. */
const MAX_WRAPPED_BYTES = 256;

type BucketKey = NonNullable<KeyUpload['bucketKeys']>[number];

/** Wrapped keys addressed to the calling device and its unit. */
export function readKeys(db: Database, caller: Caller): Promise<KeyAnswer> {
  return asCaller(db, caller, (sql) => keysOf(sql, caller));
}

/**
 * Stores what the caller may publish and answers what {@link readKeys} would; what it may not publish is ignored, as the first
 * upload of a key wins. Answers undefined where a key has a wrong size.
 */
export async function storeKeys(db: Database, caller: Caller, upload: KeyUpload): Promise<KeyAnswer | undefined> {
  const { unitBoxKey, admissions = [], bucketKeys = [] } = upload;
  if (unitBoxKey !== undefined && !(unitBoxKey instanceof Uint8Array && unitBoxKey.length === 32)) return undefined;
  if (![...admissions, ...bucketKeys].every(({ wrapped }) => isWrapped(wrapped))) return undefined;
  return asCaller(db, caller, async (sql) => {
    // membership must stand still while the members of a key are checked
    await sql.rows('select pg_advisory_xact_lock_shared(7002)');
    if (unitBoxKey) await sql.rows('select hub_publish_unit_key($1)', [unitBoxKey]);
    for (const { device, wrapped } of admissions) await sql.rows('select hub_admit($1, $2)', [device, wrapped]);
    for (const group of groupByEpoch(bucketKeys)) await storeBucketKey(sql, caller, group);
    return keysOf(sql, caller);
  });
}

function isWrapped(value: unknown): boolean {
  return value instanceof Uint8Array && value.length > 0 && value.length <= MAX_WRAPPED_BYTES;
}

function groupByEpoch(keys: readonly BucketKey[]): readonly (readonly BucketKey[])[] {
  const groups = new Map<string, BucketKey[]>();
  for (const key of keys) {
    const name = `${key.bucket} ${key.epoch}`;
    groups.set(name, [...(groups.get(name) ?? []), key]);
  }
  return [...groups.values()];
}

/**
 * An upload that wraps to the own unit makes the epoch: the next one, and only for every member that has a key of its own. One that does not hands an epoch the
 * own unit holds to members that joined later. So two devices that make a key at once never mix theirs.
 */
async function storeBucketKey(sql: Sql, caller: Caller, group: readonly BucketKey[]): Promise<void> {
  const [first] = group;
  if (!first || first.bucket.startsWith('u:')) return;
  await sql.rows('select pg_advisory_xact_lock(7004, hashtext($1))', [first.bucket]);
  const members = await sql.rows<{ unit: string; keyed: boolean }>('select m.unit, u.box_key is not null as keyed from member m join unit u on u.id = m.unit where m.bucket = $1', [first.bucket]);
  const memberUnits = new Set(members.map((row) => row.unit));
  if (!memberUnits.has(caller.unit) || !group.every(({ unit }) => memberUnits.has(unit))) return;
  const [known] = await sql.rows<{ newest: number; holds: boolean }>(
    'select coalesce(max(epoch), 0)::int as newest, coalesce(bool_or(epoch = $2 and unit = $3), false) as holds from bucket_key where bucket = $1',
    [first.bucket, first.epoch, caller.unit],
  );
  const given = new Set(group.map(({ unit }) => unit));
  const isWhole = members.every(({ unit, keyed }) => !keyed || given.has(unit));
  const makes = given.has(caller.unit);
  if (makes ? !isWhole || first.epoch !== (known?.newest ?? 0) + 1 : !known?.holds) return;
  await sql.rows(
    `insert into bucket_key (bucket, epoch, unit, wrapped, made_by)
     select $1, $2, i.unit, i.wrapped, $3 from unnest($4::text[], $5::bytea[]) i(unit, wrapped) on conflict (bucket, epoch, unit) do nothing`,
    [first.bucket, first.epoch, caller.device, group.map((key) => key.unit), group.map((key) => key.wrapped)],
  );
}

async function keysOf(sql: Sql, caller: Caller): Promise<KeyAnswer> {
  const [admission] = await sql.rows<{ wrapped: Uint8Array }>('select wrapped from admission where device = $1', [caller.device]);
  const keys = await sql.rows<{ bucket: string; epoch: number; wrapped: Uint8Array }>('select bucket, epoch, wrapped from bucket_key where unit = $1 order by bucket, epoch', [caller.unit]);
  return { admission: admission ? plain(admission.wrapped) : null, bucketKeys: keys.map((key) => ({ ...key, wrapped: plain(key.wrapped) })) };
}
