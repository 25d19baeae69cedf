import type { Directory, DirectoryBucket, DirectoryDevice, DirectoryMandate, DirectoryUnit } from '#shared/contract/sync.ts';
import type { MandateClaim } from '#shared/schema/release.ts';
import type { Database, Sql } from '../db/database.ts';
import type { HubKeys } from '../identity/hub-keys.ts';
import { asCaller, type Caller } from './caller.ts';
import { readEpoch } from './pull.ts';
import { plain } from './stored-record.ts';

/** Who there is: every unit and device with its public keys, the unit buckets, and the buckets and mandates of the caller's own unit. */
export function readDirectory(db: Database, caller: Caller, { signKey, boxKey }: Pick<HubKeys, 'signKey' | 'boxKey'>): Promise<Directory> {
  return asCaller(db, caller, async (sql) => ({
    epoch: await readEpoch(sql),
    hub: { signKey, boxKey },
    addresses: await readAddresses(sql),
    self: { device: caller.device, unit: caller.unit, role: caller.role },
    units: await readUnits(sql),
    devices: await readDevices(sql),
    buckets: await readBuckets(sql, caller),
    mandates: await readMandates(sql),
  }));
}

async function readAddresses(sql: Sql): Promise<readonly string[]> {
  const [row] = await sql.rows<{ addresses: string[] }>('select addresses from hub_meta');
  return row?.addresses ?? [];
}

async function readUnits(sql: Sql): Promise<readonly DirectoryUnit[]> {
  const rows = await sql.rows<{ id: string; country: string; kind: string; name: string; box_key: Uint8Array | null }>('select id, country, kind, name, box_key from unit order by id');
  return rows.map(({ box_key, ...unit }) => ({ ...unit, boxKey: box_key && plain(box_key) }));
}

async function readDevices(sql: Sql): Promise<readonly DirectoryDevice[]> {
  const rows = await sql.rows<{ id: string; unit: string; role: string; sign_key: Uint8Array; box_key: Uint8Array; revoked: boolean; admitted: boolean }>(
    'select id, unit, role, sign_key, box_key, revoked_at is not null as revoked, admitted from device order by id',
  );
  return rows.map(({ sign_key, box_key, ...device }) => ({ ...device, signKey: plain(sign_key), boxKey: plain(box_key) }));
}

/** The newest key epoch of a unit bucket is 1 once the unit published its key; of others, the newest uploaded. */
function readBuckets(sql: Sql, caller: Caller): Promise<readonly DirectoryBucket[]> {
  return sql.rows<DirectoryBucket>(
    `select b.id, b.kind, b.name, array(select m.unit from member m where m.bucket = b.id order by m.unit) as members,
       case when b.kind = 'unit' then (select count(u.box_key)::int from unit u where 'u:' || u.id = b.id)
         else coalesce((select max(k.epoch) from bucket_key k where k.bucket = b.id), 0) end as epoch
     from bucket b where b.kind = 'unit' or exists (select 1 from member m where m.bucket = b.id and m.unit = $1) order by b.id`,
    [caller.unit],
  );
}

async function readMandates(sql: Sql): Promise<readonly DirectoryMandate[]> {
  const rows = await sql.rows<{ claim: MandateClaim }>(
    `select m.claim from mandate m join device d on d.id = m.signer
     where m.withdrawn_at is null and d.revoked_at is null and m.bucket = any((select ctx_buckets())::text[]) order by m.stored_at, m.record_id`,
  );
  return rows.map(({ claim: { bucket, country, entities, tlpCeiling, expires } }) => ({ bucket, country, entities, tlpCeiling, expires }));
}
