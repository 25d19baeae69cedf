import type { MandateClaim, ReleaseClaim } from '#shared/schema/release.ts';
import type { Sql } from '../db/database.ts';
import { saveParcels } from './parcels.ts';
import type { Candidate } from './push-row.ts';
import type { Master } from './push-state.ts';
import { wrapsToBytes } from './stored-record.ts';

interface Write {
  /** What the record becomes, with audience and wraps of releases in the same batch. */
  readonly master: Master;
  readonly row: Candidate;
}
interface ClaimWrite {
  readonly recordId: string;
  readonly unit: string;
  readonly signature: string;
}

/** What one batch writes, by record id. */
export interface WriteSet {
  readonly inserts: Map<string, Write>;
  readonly updates: Map<string, Write>;
  /** Records that only gain audience and wraps. */
  readonly extensions: Map<string, Master>;
  readonly releases: (ClaimWrite & { readonly claim: ReleaseClaim; readonly targetOwner: string })[];
  readonly mandates: (ClaimWrite & { readonly claim: MandateClaim })[];
  /** Records of stored claims that are deleted. */
  readonly withdrawn: string[];
  readonly parcels: { readonly id: string; readonly bucket: string; readonly rows: number; readonly content: Uint8Array }[];
  /** Parcel and place in it of inserted records. */
  readonly parcelById: Map<string, { readonly parcel: string; readonly at: number }>;
}

/** An empty {@link WriteSet}. */
export function createWriteSet(): WriteSet {
  return { inserts: new Map(), updates: new Map(), extensions: new Map(), releases: [], mandates: [], withdrawn: [], parcels: [], parcelById: new Map() };
}

/** Another transaction stored one of the new records first. */
export class InsertRaced extends Error {}

/** Bucket ids need no quoting inside an array literal (BucketIdSchema). */
function arrayLiteral(buckets: readonly string[]): string {
  return `{${buckets.join(',')}}`;
}

/** Columns in the order of the statements below, one array each. */
function columns(writes: readonly Write[]): readonly unknown[] {
  const of = <T>(pick: (write: Write) => T): T[] => writes.map(pick);
  return [
    of(({ row }) => row.rec.id),
    of(({ row }) => row.rec.owner),
    of(({ row }) => row.rec.entity),
    of(({ master }) => arrayLiteral(master.audience)),
    of(({ row }) => row.rec.tlp),
    of(({ row }) => row.rec.rev),
    of(({ row }) => row.rec.deleted),
    of(({ row }) => row.rec.author),
    of(({ row }) => row.rec.ref),
    of(({ row }) => row.rec.body),
    of(({ row }) => row.sha),
    of(({ master }) => wrapsToBytes(master.wraps)),
    of(({ row }) => row.rec.sig),
  ];
}

const ROWS = `unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::uuid[], $9::text[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[])
  i(id, owner, entity, audience, tlp, rev, deleted, author, ref, body, body_sha, wraps, sig)`;

/** Writes a batch; the triggers of `records` write the feed. Throws {@link InsertRaced} where the batch must be judged again. */
export async function saveWriteSet(sql: Sql, writes: WriteSet): Promise<void> {
  if (writes.inserts.size > 0) {
    await saveParcels(sql, writes);
    const [ids, places] = [[...writes.parcelById.keys()], [...writes.parcelById.values()]];
    const stored = await sql.rows(
      `insert into records (id, owner, entity, audience, tlp, rev, deleted, author, ref, body, body_sha, wraps, sig, parcel, parcel_at)
       select id, owner, entity, audience::text[], tlp, rev, deleted, author, ref, body, body_sha, wraps, sig, parcel, at
       from ${ROWS} left join unnest($14::uuid[], $15::uuid[], $16::smallint[]) p(record, parcel, at) on p.record = i.id order by id
       on conflict (id, owner) do nothing returning id`,
      [...columns([...writes.inserts.values()]), ids, places.map(({ parcel }) => parcel), places.map(({ at }) => at)],
    );
    if (stored.length !== writes.inserts.size) throw new InsertRaced('a new record was stored by another device first');
  }
  if (writes.updates.size > 0) {
    await sql.rows(
      `update records r set audience = i.audience::text[], tlp = i.tlp, rev = i.rev, deleted = i.deleted, author = i.author, ref = i.ref,
         body = i.body, body_sha = i.body_sha, wraps = i.wraps, sig = i.sig, parcel = null, parcel_at = null
       from ${ROWS} where r.id = i.id and r.owner = i.owner`,
      columns([...writes.updates.values()]),
    );
  }
  const wider = [...writes.extensions.values()];
  if (wider.length > 0) {
    await sql.rows(
      `update records r set audience = i.audience::text[], wraps = i.wraps
       from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) i(id, owner, audience, wraps) where r.id = i.id and r.owner = i.owner`,
      [wider.map((m) => m.id), wider.map((m) => m.owner), wider.map((m) => arrayLiteral(m.audience)), wider.map((m) => wrapsToBytes(m.wraps))],
    );
  }
  await saveClaims(sql, writes);
}

async function saveClaims(sql: Sql, { releases, mandates, withdrawn }: WriteSet): Promise<void> {
  for (const { recordId, unit, claim, signature, targetOwner } of releases) {
    await sql.rows('insert into release (record_id, unit, signer, target, target_owner, claim, signature) values ($1, $2, $3, $4, $5, $6::jsonb, $7)', [
      recordId,
      unit,
      claim.signer,
      claim.record,
      targetOwner,
      JSON.stringify(claim),
      signature,
    ]);
  }
  for (const { recordId, unit, claim, signature } of mandates) {
    await sql.rows('insert into mandate (record_id, unit, signer, bucket, claim, signature) values ($1, $2, $3, $4, $5::jsonb, $6)', [
      recordId,
      unit,
      claim.signer,
      claim.bucket,
      JSON.stringify(claim),
      signature,
    ]);
  }
  if (withdrawn.length === 0) return;
  let ended = 0;
  for (const table of ['release', 'mandate']) {
    ended += (await sql.rows(`update ${table} set withdrawn_at = now() where record_id = any($1::uuid[]) and unit = (select ctx_unit()) returning record_id`, [withdrawn])).length;
  }
  // an NCB that is told its claim is withdrawn must be able to rely on it
  if (ended !== withdrawn.length) throw new Error('a claim that is withdrawn was not stored');
}
