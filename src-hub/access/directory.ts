import type { Directory, DirectoryBucket, DirectoryChanges, DirectoryDevice, DirectoryMandate, DirectoryUnit, UnitKeyStep } from '#shared/contract/sync.ts';
import type { MandateClaim } from '#shared/schema/release.ts';
import type { Database, Sql } from '../db/database.ts';
import type { HubKeys } from '../identity/hub-keys.ts';
import { asCaller, type Caller } from './caller.ts';
import { changesFrom } from './directory-cursor.ts';
import { readKeyStates } from './keys.ts';
import { readEpoch } from './pull.ts';
import { plain } from './stored-record.ts';

/** What a reader of the directory has and asks for. */
export interface DirectoryScope {
  /** Cursor of the directory it has: it is told what changed since. */
  readonly since?: string;
  /** Devices it has met and does not know: those of their units are told. */
  readonly met?: readonly string[];
}

/** The keys of the hub the directory names. */
type HubPublicKeys = Pick<HubKeys, 'signKey' | 'boxKey'>;

/** Who there is, for a reader that cannot ask: every unit and device with its public keys, the unit buckets, and the buckets and mandates of the caller's own unit. */
export function readWholeDirectory(db: Database, caller: Caller, keys: HubPublicKeys): Promise<Directory> {
  return asCaller(db, caller, async (sql) => {
    const { buckets, ...rest } = await read(sql, caller, keys, { from: '0', met: [], everyone: true });
    return { ...rest, buckets: buckets.map(toWhole) };
  });
}

/**
 * Who there is as far as the caller has to do with it, or what changed of that: every unit, and the devices of its own, of fellow members of taskforces, and the
 * makers of keys it holds or follows. In a region of 50,000 devices it is told of others when it has met them.
 */
export function readDirectory(db: Database, caller: Caller, keys: HubPublicKeys, { since = '', met = [] }: DirectoryScope): Promise<Directory | DirectoryChanges> {
  return asCaller(db, caller, async (sql) => {
    const from = await changesFrom(sql, since);
    const { buckets, ...rest } = await read(sql, caller, keys, { from, met, everyone: false });
    if (from === '0') return { ...rest, buckets: buckets.map(toWhole) };
    return { ...rest, since, buckets: buckets.map(({ isSame, ...bucket }) => (isSame ? { ...bucket, members: null } : bucket)) };
  });
}

interface ReadBucket extends DirectoryBucket {
  /** Its members are as they were. */
  readonly isSame: boolean;
}

function toWhole({ isSame: _isSame, ...bucket }: ReadBucket): DirectoryBucket {
  return bucket;
}

/** `from`: the transaction from which on a change counts. */
async function read(sql: Sql, caller: Caller, { signKey, boxKey }: HubPublicKeys, { from, met, everyone }: { readonly from: string; readonly met: readonly string[]; readonly everyone: boolean }) {
  const epoch = await readEpoch(sql);
  // before anything else is read: what commits later is at or behind it
  const [now] = await sql.rows<{ horizon: string }>('select pg_snapshot_xmin(pg_current_snapshot())::text as horizon');
  return {
    epoch,
    cursor: `${epoch}:${now?.horizon ?? '0'}`,
    hub: { signKey, boxKey },
    addresses: await readAddresses(sql),
    self: { device: caller.device, unit: caller.unit, role: caller.role },
    units: await readUnits(sql, from),
    devices: await readDevices(sql, caller, from, met, everyone),
    buckets: await readBuckets(sql, caller, from),
    mandates: await readMandates(sql),
    unitKeys: await readUnitKeys(sql, from),
  };
}

async function readAddresses(sql: Sql): Promise<readonly string[]> {
  const [row] = await sql.rows<{ addresses: string[] }>('select addresses from hub_meta');
  return row?.addresses ?? [];
}

async function readUnits(sql: Sql, from: string): Promise<readonly DirectoryUnit[]> {
  const rows = await sql.rows<{ id: string; country: string; kind: string; name: string; box_key: Uint8Array | null; key_epoch: number }>(
    'select id, country, kind, name, box_key, key_epoch from unit where changed >= $1::xid8 order by id',
    [from],
  );
  return rows.map(({ box_key, key_epoch: keyEpoch, ...unit }) => ({ ...unit, boxKey: box_key && plain(box_key), keyEpoch }));
}

/**
 * Devices a caller has to do with of which a row changed, all of those it has to do with only now (a fellow that joined, a maker of a new key, the unit of a device
 * that was met), and from the second telling on every device that was revoked.
 */
const DEVICES = `with fellow as (
    select m.unit, bool_or(b.changed >= $2::xid8) joined from member m join bucket b on b.id = m.bucket where b.kind = 'taskforce' group by m.unit union all select $1, false
  ), maker as (
    select k.maker id, u.changed >= $2::xid8 fresh from unit_key k join unit u on u.id = k.unit union select made_by, changed >= $2::xid8 from bucket_key where unit = $1
  ), told as (
    select id from device d where changed >= $2::xid8
      and ($4 or unit in (select unit from fellow) or id in (select id from maker) or ($2::xid8 <> '0' and revoked_at is not null))
    union select id from device where unit in (select unit from fellow where joined) or unit in (select unit from device where id = any($3::uuid[]))
    union select id from maker where fresh
  )
  select id, unit, role, sign_key, box_key, revoked_at is not null as revoked, admitted, secret_epoch, case when unit = $1 then holder end as holder
  from device where id in (select id from told) order by id`;

async function readDevices(sql: Sql, caller: Caller, from: string, met: readonly string[], everyone: boolean): Promise<readonly DirectoryDevice[]> {
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
  }>(DEVICES, [caller.unit, from, met, everyone]);
  return rows.map(({ sign_key, box_key, secret_epoch: secretEpoch, holder, ...device }) => ({
    ...device,
    signKey: plain(sign_key),
    boxKey: plain(box_key),
    secretEpoch,
    holder: holder && plain(holder),
  }));
}

async function readUnitKeys(sql: Sql, from: string): Promise<readonly UnitKeyStep[]> {
  const rows = await sql.rows<{ unit: string; epoch: number; box_key: Uint8Array; maker: string; sig: Uint8Array; proof: Uint8Array | null }>(
    `select k.unit, k.epoch, k.box_key, k.maker, k.sig, p.proof from unit_key k
     left join unit_key_proof p on p.unit = k.unit and p.epoch = k.epoch and p.for_unit = (select ctx_unit())
     where k.unit in (select id from unit where changed >= $1::xid8) order by k.unit, k.epoch`,
    [from],
  );
  return rows.map(({ box_key, sig, proof, ...step }) => ({ ...step, boxKey: plain(box_key), sig: plain(sig), proof: proof && plain(proof) }));
}

/** The unit buckets that changed, by their unit or one of its devices as well, and every bucket of the caller's unit; `isSame` where its members are as they were. */
async function readBuckets(sql: Sql, caller: Caller, from: string): Promise<readonly ReadBucket[]> {
  const rows = await sql.rows<Pick<ReadBucket, 'id' | 'kind' | 'name' | 'members' | 'isSame'>>(
    `select b.id, b.kind, b.name, b.changed < $2::xid8 as "isSame",
       case when b.changed < $2::xid8 then '{}' else array(select m.unit from member m where m.bucket = b.id order by m.unit) end as members
     from bucket b where (b.kind = 'unit' and (b.changed >= $2::xid8 or b.id in (select 'u:' || id from unit where changed >= $2::xid8 union select 'u:' || unit from device where changed >= $2::xid8)))
       or (b.kind <> 'unit' and exists (select 1 from member m where m.bucket = b.id and m.unit = $1)) order by b.id`,
    [caller.unit, from],
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
