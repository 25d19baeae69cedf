import type { Directory, DirectoryBucket, DirectoryDevice, DirectoryMandate, DirectoryUnit, UnitKeyStep } from '#shared/contract/sync.ts';
import type { MandateClaim } from '#shared/schema/release.ts';
import type { Database, Sql } from '../db/database.ts';
import type { HubKeys } from '../identity/hub-keys.ts';
import { asCaller, type Caller } from './caller.ts';
import { readKeyStates } from './keys.ts';
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
    devices: await readDevices(sql, caller),
    buckets: await readBuckets(sql, caller),
    mandates: await readMandates(sql),
    unitKeys: await readUnitKeys(sql),
  }));
}

async function readAddresses(sql: Sql): Promise<readonly string[]> {
  const [row] = await sql.rows<{ addresses: string[] }>('select addresses from hub_meta');
  return row?.addresses ?? [];
}

async function readUnits(sql: Sql): Promise<readonly DirectoryUnit[]> {
  const rows = await sql.rows<{ id: string; country: string; kind: string; name: string; box_key: Uint8Array | null; key_epoch: number }>(
    'select id, country, kind, name, box_key, key_epoch from unit order by id',
  );
  return rows.map(({ box_key, key_epoch: keyEpoch, ...unit }) => ({ ...unit, boxKey: box_key && plain(box_key), keyEpoch }));
}

async function readDevices(sql: Sql, caller: Caller): Promise<readonly DirectoryDevice[]> {
  const rows = await sql.rows<{
    id: string;
    unit: string;
    role: string;
    sign_key: Uint8Array;
    box_key: Uint8Array;
    revoked: boolean;
    admitted: boolean;
    secret_epoch: number;
    holder: Uint8Array | null;
  }>('select id, unit, role, sign_key, box_key, revoked_at is not null as revoked, admitted, secret_epoch, case when unit = $1 then holder end as holder from device order by id', [caller.unit]);
  return rows.map(({ sign_key, box_key, secret_epoch: secretEpoch, holder, ...device }) => ({
    ...device,
    signKey: plain(sign_key),
    boxKey: plain(box_key),
    secretEpoch,
    holder: holder && plain(holder),
  }));
}

async function readUnitKeys(sql: Sql): Promise<readonly UnitKeyStep[]> {
  const rows = await sql.rows<{ unit: string; epoch: number; box_key: Uint8Array; maker: string; sig: Uint8Array; proof: Uint8Array | null }>(
    `select k.unit, k.epoch, k.box_key, k.maker, k.sig, p.proof from unit_key k
     left join unit_key_proof p on p.unit = k.unit and p.epoch = k.epoch and p.for_unit = (select ctx_unit()) order by k.unit, k.epoch`,
  );
  return rows.map(({ box_key, sig, proof, ...step }) => ({ ...step, boxKey: plain(box_key), sig: plain(sig), proof: proof && plain(proof) }));
}

async function readBuckets(sql: Sql, caller: Caller): Promise<readonly DirectoryBucket[]> {
  const rows = await sql.rows<Pick<DirectoryBucket, 'id' | 'kind' | 'name' | 'members'>>(
    `select b.id, b.kind, b.name, array(select m.unit from member m where m.bucket = b.id order by m.unit) as members
     from bucket b where b.kind = 'unit' or exists (select 1 from member m where m.bucket = b.id and m.unit = $1) order by b.id`,
    [caller.unit],
  );
  const states = new Map(
    (
      await readKeyStates(
        sql,
        rows.map((row) => row.id),
      )
    ).map((state) => [state.bucket, state]),
  );
  const gaps = await sql.rows<{ bucket: string; unit: string; epochs: number[] }>('select * from hub_key_gaps($1::text[])', [rows.filter((row) => row.kind !== 'unit').map((row) => row.id)]);
  const lacking = new Map<string, { unit: string; epochs: number[] }[]>();
  for (const { bucket, unit, epochs } of gaps) lacking.set(bucket, [...(lacking.get(bucket) ?? []), { unit, epochs }]);
  return rows.map((row) => ({ ...row, epoch: states.get(row.id)?.newest ?? 0, stale: states.get(row.id)?.stale ?? false, lacking: lacking.get(row.id) ?? [] }));
}

async function readMandates(sql: Sql): Promise<readonly DirectoryMandate[]> {
  const rows = await sql.rows<{ claim: MandateClaim }>(
    `select m.claim from mandate m join device d on d.id = m.signer
     where m.withdrawn_at is null and d.revoked_at is null and m.bucket = any((select ctx_buckets())::text[]) order by m.stored_at, m.record_id`,
  );
  return rows.map(({ claim: { bucket, country, entities, tlpCeiling, expires } }) => ({ bucket, country, entities, tlpCeiling, expires }));
}
