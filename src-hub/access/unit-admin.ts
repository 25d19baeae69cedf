import { randomBytes } from 'node:crypto';
import { EXPOSURE_PAGE, type ExposedRecord, type ExposureAnswer, type UnitDevice, type UnitRole } from '#shared/contract/unit-admin.ts';
import { toBase32 } from '#shared/contract/wire.ts';
import type { Database } from '../db/database.ts';
import { asCaller, type Caller } from './caller.ts';
import { codeHash, CODE_DAYS } from './enrol.ts';

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** A new one-time secret (10 bytes) for a device of the caller's unit; undefined where the caller is no administrator or too many are open. */
export async function createUnitCode(db: Database, caller: Caller, role: UnitRole): Promise<Uint8Array | undefined> {
  const secret = new Uint8Array(randomBytes(10));
  const [row] = await asCaller(db, caller, (sql) => sql.rows<{ stored: boolean }>('select hub_unit_code($1, $2, $3) as stored', [codeHash(toBase32(secret)), role, CODE_DAYS]));
  return row?.stored ? secret : undefined;
}

/** Devices of the caller's unit, oldest first; none for others than its administrators. */
export async function listUnitDevices(db: Database, caller: Caller): Promise<readonly UnitDevice[]> {
  const rows = await asCaller(db, caller, (sql) =>
    sql.rows<{ id: string; role: string; admitted: boolean; enrolled_at: Date; revoked_at: Date | null; seen_at: Date | null }>('select * from hub_unit_devices()'),
  );
  const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
  return rows.map(({ id, role, admitted, enrolled_at, revoked_at, seen_at }) => ({ id, role, admitted, enrolledAt: enrolled_at.toISOString(), revokedAt: iso(revoked_at), seenAt: iso(seen_at) }));
}

/** Revokes a device of the caller's unit; false where it is none, is the caller's own, or the caller is no administrator. */
export async function revokeUnitDevice(db: Database, caller: Caller, device: string): Promise<boolean> {
  const [row] = await asCaller(db, caller, (sql) => sql.rows<{ done: boolean }>('select hub_unit_revoke($1) as done', [device]));
  return row?.done === true;
}

/** What a device of the caller's unit could have held, by id, behind `after`. */
export async function readExposure(db: Database, caller: Caller, device: string, after: string | undefined): Promise<ExposureAnswer> {
  const records = await asCaller(db, caller, (sql) =>
    sql.rows<ExposedRecord>('select id::text as id, entity, owner, deleted from hub_unit_exposure($1, $2, $3)', [device, after ?? FIRST_ID, EXPOSURE_PAGE]),
  );
  return { records, next: records.length === EXPOSURE_PAGE ? (records.at(-1)?.id ?? '') : '' };
}
