import { ADDRESS_PATTERN } from '#shared/contract/sync.ts';
import type { Database, Sql } from '../db/database.ts';
import { codeHash, CODE_DAYS } from './enrol.ts';

/** A refusal the administrator can act on. */
export class AdminError extends Error {}

export interface NewUnit {
  readonly id: string;
  readonly country: string;
  readonly kind: string;
  readonly name: string;
}
export interface NewTaskforce {
  /** Without the leading `t:`. */
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
}
export interface DeviceLine {
  readonly id: string;
  readonly unit: string;
  readonly role: string;
  readonly admitted: boolean;
  readonly enrolledAt: string;
  readonly revokedAt: string | null;
}

const ID = /^[a-z0-9-]{2,40}$/;

function demand(holds: boolean, message: string): void {
  if (!holds) throw new AdminError(message);
}

/** Adds a unit with its own bucket and makes it a member of its country's bucket and of the community. */
export async function addUnit(db: Database, { id, country, kind, name }: NewUnit): Promise<void> {
  demand(ID.test(id), `unit id must match ${ID.source}`);
  demand(/^[A-Z]{2}$/.test(country), 'country must be two capital letters (ISO 3166-1, XR for a regional body)');
  demand(['unit', 'ncb', 'desk'].includes(kind), 'kind must be unit, ncb or desk');
  demand(name.length > 0 && name.length <= 200, 'name must have 1 to 200 characters');
  await db.admin(async (sql) => {
    const added = await sql.rows('insert into unit (id, country, kind, name) values ($1, $2, $3, $4) on conflict do nothing returning id', [id, country, kind, name]);
    demand(added.length === 1, `unit ${id} exists already`);
    await addBucket(sql, `u:${id}`, 'unit', name);
    await addBucket(sql, `c:${country}`, 'country', country);
    for (const bucket of [`u:${id}`, `c:${country}`, 'community']) await sql.rows('select member_join($1, $2)', [id, bucket]);
  });
}

async function addBucket(sql: Sql, id: string, kind: string, name: string): Promise<void> {
  await sql.rows('insert into bucket (id, kind, name) values ($1, $2, $3) on conflict do nothing', [id, kind, name]);
}

/** Units, by id. */
export function listUnits(db: Database): Promise<readonly (NewUnit & { readonly devices: number })[]> {
  return db.admin((sql) => sql.rows('select id, country, kind, name, (select count(*)::int from device d where d.unit = unit.id and d.revoked_at is null) as devices from unit order by id'));
}

/**
 * Makes a taskforce, or adds units to it. A unit of a country that is new to a taskforce which already holds records is refused:
 * those records were checked against the countries of that time, and joining would carry them over a border without a claim. So is one
 * where a mandate is open: it was signed for the countries of that time.
 */
export async function addTaskforce(db: Database, { id, name, members }: NewTaskforce): Promise<void> {
  demand(ID.test(id), `taskforce id must match ${ID.source}`);
  demand(members.length > 0, 'a taskforce needs members');
  const bucket = `t:${id}`;
  await db.admin(async (sql) => {
    // no push may check a border while it moves
    await sql.rows('select pg_advisory_xact_lock(7002)');
    await addBucket(sql, bucket, 'taskforce', name);
    const [held] = await sql.rows<{ countries: string[]; used: boolean }>(
      `select array(select distinct u.country from member m join unit u on u.id = m.unit where m.bucket = $1) as countries,
         exists (select 1 from feed f join records r on r.id = f.record_id where f.bucket = $1 and $1 = any(r.audience)) as used`,
      [bucket],
    );
    const mandates = await sql.rows<{ expires: string }>(
      "select m.claim->>'expires' as expires from mandate m join device d on d.id = m.signer where m.bucket = $1 and m.withdrawn_at is null and d.revoked_at is null",
      [bucket],
    );
    const isMandated = mandates.some(({ expires }) => Date.parse(expires) > Date.now());
    for (const unit of members) {
      const [row] = await sql.rows<{ country: string }>('select country from unit where id = $1', [unit]);
      demand(row !== undefined, `no unit ${unit}`);
      const isNewCountry = !held?.countries.includes(row?.country ?? '');
      demand(!isNewCountry || !held?.used, `taskforce ${id} holds records and has no unit of ${row?.country}; make a new taskforce`);
      demand(!isNewCountry || !isMandated, `taskforce ${id} has a mandate, signed without ${row?.country}; withdraw it or make a new taskforce`);
      await sql.rows('select member_join($1, $2)', [unit, bucket]);
    }
  });
}

/** Takes a unit out of a taskforce; its devices receive tombstones for what they may no longer read. */
export async function leaveTaskforce(db: Database, id: string, unit: string): Promise<void> {
  const [row] = await db.admin((sql) => sql.rows<{ was: boolean }>('select member_leave($1, $2) as was', [unit, `t:${id}`]));
  demand(row?.was === true, `unit ${unit} is no member of taskforce ${id}`);
}

/** Stores a one-time code for a unit; `secret` is its 16 characters. */
export async function storeCode(db: Database, unit: string, role: string, secret: string, days = CODE_DAYS): Promise<void> {
  demand(['officer', 'ncb', 'admin'].includes(role), 'role must be officer, ncb or admin');
  await db.admin(async (sql) => {
    demand((await sql.rows('select 1 from unit where id = $1', [unit])).length === 1, `no unit ${unit}`);
    await sql.rows("insert into enrol_code (secret_hash, unit, role, expires_at) values ($1, $2, $3, now() + $4::int * interval '1 day')", [codeHash(secret), unit, role, days]);
  });
}

/** Devices, oldest first. */
export function listDevices(db: Database): Promise<readonly DeviceLine[]> {
  return db.admin((sql) => sql.rows('select id::text as id, unit, role, admitted, enrolled_at::text as "enrolledAt", revoked_at::text as "revokedAt" from device order by enrolled_at, id'));
}

/** Revokes a device: its next request is refused and its streams end. */
export async function revokeDevice(db: Database, id: string): Promise<void> {
  demand(/^[0-9a-f-]{36}$/.test(id), 'a device id is a UUID');
  await db.admin(async (sql) => {
    const found = await sql.rows('update device set revoked_at = coalesce(revoked_at, now()) where id = $1 returning id', [id]);
    demand(found.length === 1, `no device ${id}`);
    await sql.rows("select pg_notify('hub_revoked', $1)", [id]);
  });
}

/** Gives the hub a new epoch after a restore, or after a promotion that may have lost writes: every device starts from the beginning and brings what is missing. */
export async function renewEpoch(db: Database): Promise<void> {
  await db.admin((sql) => sql.rows('select hub_mark_restored()'));
}

/** Sets the addresses devices try in turn; an empty list leaves each with the one it knows. */
export async function setAddresses(db: Database, addresses: readonly string[]): Promise<void> {
  const isAddress = new RegExp(ADDRESS_PATTERN);
  demand(addresses.length <= 16 && addresses.every((address) => isAddress.test(address)), 'addresses are up to 16 of host:port');
  await db.admin(async (sql) => {
    await sql.rows('update hub_meta set addresses = $1::text[]', [[...addresses]]);
    await sql.rows("select feed_announce((select array_agg('u:' || id) from unit))");
  });
}

/** Counts for the operator; no names, no content. */
export async function readStatus(db: Database): Promise<Readonly<Record<string, string | number>>> {
  const [row] = await db.admin((sql) =>
    sql.rows<Record<string, string | number>>(
      `select (select count(*)::int from unit) as units, (select count(*)::int from device where revoked_at is null) as devices,
         (select count(*)::int from bucket where kind = 'taskforce') as taskforces, (select count(*)::int from records where owner <> 'hub-selftest') as records,
         (select count(*)::int from release) as releases, (select count(*)::int from mandate where withdrawn_at is null) as mandates,
         (select epoch::text from hub_meta) as epoch, current_setting('server_version') as postgres`,
    ),
  );
  return { engine: db.engine, ...row };
}
