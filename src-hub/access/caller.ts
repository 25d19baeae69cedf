import type { Database, Sql, Work } from '../db/database.ts';
import { plain } from './stored-record.ts';

/** The device behind a request, known from its certificate alone, never from a body. */
export interface Caller {
  readonly device: string;
  readonly unit: string;
  readonly role: 'officer' | 'ncb' | 'admin';
  readonly country: string;
  readonly admitted: boolean;
  readonly revoked: boolean;
  /** Ed25519 public key, raw 32 bytes. */
  readonly signKey: Uint8Array;
  /** The certificate it shows has ended, or a newer one works: it is good for nothing but renewal. */
  readonly renewOnly: boolean;
}

interface PersonRow {
  readonly id: string;
  readonly unit: string;
  readonly role: string;
  readonly country: string;
  readonly admitted: boolean;
  readonly revoked: boolean;
  readonly sign_key: Uint8Array;
}

interface DeviceRow extends PersonRow {
  readonly not_after: Date;
  readonly used: boolean;
  readonly retired: boolean;
}

/** How long after its end a certificate still proves which device asks for a new one, in milliseconds (180 days). */
export const RENEW_GRACE_MS = 180 * 86_400_000;

/**
 * The device that holds the certificate with this SHA-256 fingerprint, or undefined where the hub never issued it or it ended longer
 * ago than the grace. The hub's clock decides, never the device's. The first use of a certificate retires the ones before it.
 */
export async function findCaller(db: Database, fingerprint: string, nowMs: number): Promise<Caller | undefined> {
  const [row] = await db.service((sql) => sql.rows<DeviceRow>('select * from hub_authenticate($1)', [fingerprint]));
  if (!row) return undefined;
  const endMs = row.not_after.getTime();
  if (endMs + RENEW_GRACE_MS <= nowMs) return undefined;
  const renewOnly = row.retired || endMs <= nowMs;
  if (!row.used && !renewOnly && !row.revoked) await db.service((sql) => sql.rows('select hub_certificate_used($1)', [fingerprint]));
  return toCaller(row, renewOnly);
}

/** A device that speaks through a courier: known from its signature, not from a certificate. */
export interface CourierCaller extends Caller {
  /** X25519 public key, raw 32 bytes. */
  readonly boxKey: Uint8Array;
}

/** The device with this id, revoked or not; undefined where there is none. For administration. */
export async function findCourierCaller(db: Database, device: string): Promise<CourierCaller | undefined> {
  const [row] = await db.admin((sql) =>
    sql.rows<PersonRow & { readonly box_key: Uint8Array }>(
      'select d.id, d.unit, d.role, u.country, d.admitted, d.revoked_at is not null as revoked, d.sign_key, d.box_key from device d join unit u on u.id = d.unit where d.id = $1',
      [device],
    ),
  );
  return row && { ...toCaller(row, false), boxKey: plain(row.box_key) };
}

function toCaller({ id, sign_key: signKey, unit, role, country, admitted, revoked }: PersonRow, renewOnly: boolean): Caller {
  return { unit, country, admitted, revoked, device: id, role: role === 'ncb' || role === 'admin' ? role : 'officer', signKey: plain(signKey), renewOnly };
}

/** Thrown when a device was revoked between its authentication and its transaction. */
export class RevokedMeanwhile extends Error {}

/** One service transaction that sees exactly what the caller's unit may see. */
export function asCaller<T>(db: Database, caller: Caller, work: Work<T>): Promise<T> {
  return db.service(async (sql) => {
    await enter(sql, caller);
    return work(sql);
  });
}

async function enter(sql: Sql, caller: Caller): Promise<void> {
  const [row] = await sql.rows<{ buckets: string[] | null }>('select hub_enter($1) as buckets', [caller.device]);
  if (!row?.buckets) throw new RevokedMeanwhile('device revoked');
}
