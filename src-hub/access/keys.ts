import type { KeyAnswer, KeyUpload, UnitRotation } from '#shared/contract/sync.ts';
import type { Database, Sql } from '../db/database.ts';
import { asCaller, type Caller } from './caller.ts';
import { changesFrom } from './directory-cursor.ts';
import { plain } from './stored-record.ts';

/** Longest wrapped bucket key or secret, in bytes; longest admission: it carries the secrets of all epochs, 64 bytes each. */
const MAX_WRAPPED_BYTES = 512;
const MAX_ADMISSION_BYTES = 16_384;

type BucketKey = NonNullable<KeyUpload['bucketKeys']>[number];

/** Wrapped keys addressed to the calling device and its unit; of bucket keys those stored since a cursor of the directory, where one of this epoch is given. */
export function readKeys(db: Database, caller: Caller, since = ''): Promise<KeyAnswer> {
  return asCaller(db, caller, async (sql) => keysOf(sql, caller, await changesFrom(sql, since)));
}

/**
 * Stores what the caller may publish and answers what {@link readKeys} would; what it may not publish is ignored, as the first
 * upload of a key wins. Answers undefined where a key has a wrong size.
 */
export async function storeKeys(db: Database, caller: Caller, upload: KeyUpload): Promise<KeyAnswer | undefined> {
  const { unitBoxKey, admissions = [], bucketKeys = [], holder, unitRotation } = upload;
  if (unitBoxKey !== undefined && !(unitBoxKey instanceof Uint8Array && unitBoxKey.length === 32)) return undefined;
  if (!admissions.every(({ wrapped }) => isWrapped(wrapped, MAX_ADMISSION_BYTES)) || !bucketKeys.every(({ wrapped }) => isWrapped(wrapped))) return undefined;
  if ((holder && !isOf(holder.proof, 32)) || (unitRotation && !isRotation(unitRotation))) return undefined;
  return asCaller(db, caller, async (sql) => {
    // membership must stand still while the members of a key are checked
    await sql.rows('select pg_advisory_xact_lock_shared(7002)');
    if (unitBoxKey) await sql.rows('select hub_publish_unit_key($1)', [unitBoxKey]);
    for (const { device, wrapped } of admissions) await sql.rows('select hub_admit($1, $2)', [device, wrapped]);
    if (holder) await sql.rows('select hub_hold($1, $2)', [holder.epoch, holder.proof]);
    if (unitRotation) await rotateUnit(sql, unitRotation);
    for (const group of groupByEpoch(bucketKeys)) await storeBucketKey(sql, caller, group);
    return keysOf(sql, caller);
  });
}

function isWrapped(value: unknown, max = MAX_WRAPPED_BYTES): boolean {
  return value instanceof Uint8Array && value.length > 0 && value.length <= max;
}

function isOf(value: unknown, length: number): boolean {
  return value instanceof Uint8Array && value.length === length;
}

function isRotation({ boxKey, sig, secrets, proofs }: UnitRotation): boolean {
  return isOf(boxKey, 32) && isOf(sig, 64) && secrets.every(({ wrapped }) => isWrapped(wrapped)) && proofs.every(({ proof }) => isOf(proof, 32));
}

function rotateUnit(sql: Sql, { epoch, boxKey, sig, secrets, proofs }: UnitRotation): Promise<unknown> {
  return sql.rows('select hub_rotate_unit($1, $2, $3, $4::uuid[], $5::bytea[], $6::text[], $7::bytea[])', [
    epoch,
    boxKey,
    sig,
    secrets.map((each) => each.device),
    secrets.map((each) => each.wrapped),
    proofs.map((each) => each.unit),
    proofs.map((each) => each.proof),
  ]);
}

/** How far the keys of some buckets are. */
export function readKeyStates(sql: Sql, buckets: readonly string[]): Promise<readonly { readonly bucket: string; readonly newest: number; readonly stale: boolean }[]> {
  return sql.rows('select * from hub_key_state($1::text[])', [buckets]);
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
  const members = await sql.rows<{ unit: string; keyed: boolean; epoch: number }>(
    'select m.unit, u.box_key is not null as keyed, u.key_epoch as epoch from member m join unit u on u.id = m.unit where m.bucket = $1',
    [first.bucket],
  );
  const memberUnits = new Set(members.map((row) => row.unit));
  if (!memberUnits.has(caller.unit) || !group.every(({ unit }) => memberUnits.has(unit))) return;
  // sealed to a key that was replaced, it would be of no use to the unit, or of use to a thief
  if (!group.every(({ unit, unitEpoch = 1 }) => members.some((member) => member.unit === unit && Math.max(1, member.epoch) === unitEpoch))) return;
  const [known] = await sql.rows<{ newest: number; holds: boolean }>(
    'select coalesce(max(epoch), 0)::int as newest, coalesce(bool_or(epoch = $2 and unit = $3), false) as holds from bucket_key where bucket = $1',
    [first.bucket, first.epoch, caller.unit],
  );
  const given = new Set(group.map(({ unit }) => unit));
  const isWhole = members.every(({ unit, keyed }) => !keyed || given.has(unit));
  const makes = given.has(caller.unit);
  const [state] = await readKeyStates(sql, [first.bucket]);
  if (makes && state && !state.stale) return;
  if (makes ? !isWhole || first.epoch !== (known?.newest ?? 0) + 1 : !known?.holds) return;
  await sql.rows(
    `insert into bucket_key (bucket, epoch, unit, wrapped, unit_epoch, made_by)
     select $1, $2, i.unit, i.wrapped, i.unit_epoch, $3 from unnest($4::text[], $5::bytea[], $6::int[]) i(unit, wrapped, unit_epoch) on conflict (bucket, epoch, unit) do nothing`,
    [first.bucket, first.epoch, caller.device, group.map((key) => key.unit), group.map((key) => key.wrapped), group.map((key) => key.unitEpoch ?? 1)],
  );
}

async function keysOf(sql: Sql, caller: Caller, from = '0'): Promise<KeyAnswer> {
  const [admission] = await sql.rows<{ wrapped: Uint8Array }>('select wrapped from admission where device = $1', [caller.device]);
  const keys = await sql.rows<{ bucket: string; epoch: number; wrapped: Uint8Array }>('select bucket, epoch, wrapped from bucket_key where unit = $1 and changed >= $2::xid8 order by bucket, epoch', [
    caller.unit,
    from,
  ]);
  const secrets = await sql.rows<{ epoch: number; wrapped: Uint8Array }>('select epoch, wrapped from unit_secret where device = $1 order by epoch', [caller.device]);
  return {
    admission: admission ? plain(admission.wrapped) : null,
    unitSecrets: secrets.map((each) => ({ ...each, wrapped: plain(each.wrapped) })),
    bucketKeys: keys.map((key) => ({ ...key, wrapped: plain(key.wrapped) })),
  };
}
