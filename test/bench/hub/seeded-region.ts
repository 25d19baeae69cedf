import { generateKeyPairSync, randomBytes, randomUUID, sign, type KeyObject } from 'node:crypto';
import type { PushRow, WireRecord } from '#shared/contract/sync.ts';
import { recordSigningBytes } from '#shared/contract/wire.ts';
import type { Caller } from '../../../src-hub/access/caller.ts';
import type { Database } from '../../../src-hub/db/database.ts';
import { sha256 } from '../../../src-hub/identity/signatures.ts';

/** The region the hub is sized for. */
export const COUNTRIES = 20;
export const UNITS_EACH = 50;
export const OFFICERS_EACH = 50;
/** Bytes of a sealed body; a real one has about 350 with its envelope. */
const BODY_BYTES = 300;
const SEED_ROWS = 50_000;

/** A pushing device and its key. */
export interface BenchCaller {
  readonly caller: Caller;
  readonly signKey: KeyObject;
}

const unitId = (n: number): string => `unit-${String(n % (COUNTRIES * UNITS_EACH)).padStart(4, '0')}`;

/** Units, devices and memberships of the region: 1,000 units, 50,000 devices; and `count` records spread over them, one in five for its country. */
export async function seedRegionRows(db: Database, count: number, progress: (done: number) => void): Promise<void> {
  await db.admin(async (sql) => {
    await sql.rows(`insert into unit (id, country, kind, name) select 'unit-' || lpad(n::text, 4, '0'), chr(65 + n % ${COUNTRIES}) || 'X', 'unit', n::text from generate_series(0, $1::int - 1) n`, [
      COUNTRIES * UNITS_EACH,
    ]);
    await sql.rows("insert into bucket (id, kind, name) select 'u:' || id, 'unit', name from unit union all select distinct 'c:' || country, 'country', country from unit");
    await sql.rows("insert into member (unit, bucket) select id, b from unit, unnest(array['u:' || id, 'c:' || country, 'community']) b");
    await sql.rows('alter table device disable trigger user');
    await sql.rows(
      `insert into device (id, unit, role, sign_key, box_key, admitted)
       select md5(u.id || '-' || n)::uuid, u.id, 'officer', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), true from unit u, generate_series(1, $1::int) n`,
      [OFFICERS_EACH],
    );
    await sql.rows('alter table device enable trigger user');
  });
  for (let done = 0; done < count; done += SEED_ROWS) {
    const rows = Math.min(SEED_ROWS, count - done);
    await db.admin((sql) =>
      sql.rows(
        `insert into records (id, owner, entity, audience, tlp, rev, deleted, author, ref, body, body_sha, wraps, sig)
         select gen_random_uuid(), u.id, 'case', case when n % 5 = 0 then array['u:' || u.id, 'c:' || u.country] else array['u:' || u.id] end, 'AMBER', substr(md5(n::text), 1, 24), false, d.id, '',
           decode(repeat(md5(n::text), ${Math.ceil(BODY_BYTES / 16)}), 'hex'), sha256(n::text::bytea), decode('80', 'hex'), decode(repeat('00', 64), 'hex')
         from generate_series($1::int, $2::int) n join unit u on u.id = 'unit-' || lpad((n % $3::int)::text, 4, '0') join device d on d.id = md5(u.id || '-1')::uuid`,
        [done, done + rows - 1, COUNTRIES * UNITS_EACH],
      ),
    );
    progress(done + rows);
  }
  await db.admin((sql) => sql.rows('analyze'));
}

/** A device of the n-th unit that can sign. */
export async function makeCaller(db: Database, n: number): Promise<BenchCaller> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signKey = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const [device] = await db.admin((sql) =>
    sql.rows<{ id: string; country: string }>('update device d set sign_key = $2 from unit u where d.id = md5($1)::uuid and u.id = d.unit returning d.id::text as id, u.country', [
      `${unitId(n)}-2`,
      signKey,
    ]),
  );
  if (!device) throw new Error('no such unit');
  return { signKey: privateKey, caller: { device: device.id, unit: unitId(n), role: 'officer', country: device.country, admitted: true, revoked: false, renewOnly: false, signKey } };
}

/** Rows as a device would push them: signed, with random sealed bodies, to the own unit. */
export function makeRows({ caller, signKey }: BenchCaller, count: number): PushRow[] {
  return Array.from({ length: count }, () => {
    const body = new Uint8Array(randomBytes(BODY_BYTES));
    const audience = [`u:${caller.unit}`];
    const wraps = audience.map((b) => ({ b, e: 1, k: new Uint8Array(randomBytes(60)) }));
    const draft: Omit<WireRecord, 'sig'> = {
      id: randomUUID(),
      entity: 'case',
      owner: caller.unit,
      audience,
      tlp: 'AMBER',
      rev: randomBytes(12).toString('hex'),
      deleted: false,
      author: caller.device,
      ref: '',
      body,
      wraps,
    };
    return { rec: { ...draft, sig: new Uint8Array(sign(null, recordSigningBytes(draft, sha256(body)), signKey)) }, assumed: null };
  });
}
