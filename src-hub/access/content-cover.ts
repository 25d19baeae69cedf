import { bytesToHex } from '#shared/base/ids.ts';
import { borderRefusal } from '#shared/domain/release/policy.ts';
import type { MandateClaim, ReleaseClaim } from '#shared/schema/release.ts';
import type { Sql } from '../db/database.ts';
import { asTlp, plain } from './stored-record.ts';

/** The exhibit's record as far as its content needs it. */
export interface ExhibitRow {
  readonly id: string;
  readonly owner: string;
  readonly audience: readonly string[];
  readonly tlp: string;
  readonly rev: string;
  readonly body_sha: Uint8Array;
}

/** The exhibit of that unit, where the caller sees it. */
export async function loadExhibit(sql: Sql, id: string, owner: string): Promise<ExhibitRow | undefined> {
  const [row] = await sql.rows<ExhibitRow>("select id, owner, audience, tlp, rev, body_sha from records where id = $1 and owner = $2 and entity = 'exhibit' and not deleted", [id, owner]);
  return row;
}

/**
 * Whether each of these devices may have the content of an exhibit now. The device is admitted and not revoked and its unit is reached by the record's audience. In the
 * owner's country that is enough; abroad a release of exactly this version must name the bucket that reaches it, or an open mandate
 * of the owner's country must cover exhibits of this label. The border rule is that of the record itself: what may not leave as a record does not leave as content.
 */
export async function areCovered(sql: Sql, exhibit: ExhibitRow, devices: readonly string[], now: string): Promise<boolean> {
  const units = await sql.rows<{ unit: string; country: string; home: string; reached: string[] | null }>(
    `select u.id as unit, u.country, (select o.country from unit o where o.id = $2) as home,
       (select array_agg(m.bucket) from member m where m.unit = u.id and m.bucket = any($3::text[])) as reached
     from device d join unit u on u.id = d.unit where d.id = any($1::uuid[]) and d.revoked_at is null and d.admitted`,
    [devices, exhibit.owner, exhibit.audience],
  );
  if (units.length !== new Set(devices).size || units.some(({ reached }) => reached === null)) return false;
  const abroad = units.filter(({ country, home }) => country !== home);
  if (abroad.length === 0) return true;
  const releases = await sql.rows<{ claim: ReleaseClaim }>(
    'select r.claim from release r join device d on d.id = r.signer where r.target = $1 and r.target_owner = $2 and r.withdrawn_at is null and d.revoked_at is null',
    [exhibit.id, exhibit.owner],
  );
  const mandates = await sql.rows<{ claim: MandateClaim }>(
    'select m.claim from mandate m join device d on d.id = m.signer where m.withdrawn_at is null and d.revoked_at is null and m.bucket = any($1::text[])',
    [exhibit.audience],
  );
  const countries = await sql.rows<{ bucket: string; countries: string[] }>('select bucket, countries from hub_countries($1::text[])', [exhibit.audience]);
  const countriesByBucket = new Map(countries.map((row) => [row.bucket, row.countries]));
  const mayLeave = (bucket: string, home: string): boolean =>
    borderRefusal(
      {
        id: exhibit.id,
        entity: 'exhibit',
        border: 'release',
        tlp: asTlp(exhibit.tlp),
        rev: exhibit.rev,
        sha256: bytesToHex(plain(exhibit.body_sha)),
        audience: [bucket],
        ownerCountry: home,
        // the content is the owner's whoever wrote the record's last version
        authorCountry: home,
        authorBucket: `u:${exhibit.owner}`,
        refOwnerBucket: undefined,
        claimAudience: undefined,
        releases: releases.map(({ claim }) => claim),
        mandates: mandates.map(({ claim }) => claim),
        now,
      },
      (name) => countriesByBucket.get(name),
    ) === undefined;
  return abroad.every(({ reached, home }) => (reached ?? []).some((bucket) => mayLeave(bucket, home)));
}
