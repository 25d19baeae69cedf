import type { Database, Sql, Work } from '../db/database.ts';
import { plain } from './stored-record.ts';

/** The device behind a request, known from its certificate alone, never from a body. */
export interface Caller {
  readonly device: string;
  readonly unit: string;
  readonly role: 'officer' | 'ncb';
  readonly country: string;
  readonly admitted: boolean;
  readonly revoked: boolean;
  /** Ed25519 public key, raw 32 bytes. */
  readonly signKey: Uint8Array;
}

interface DeviceRow {
  readonly id: string;
  readonly unit: string;
  readonly role: string;
  readonly country: string;
  readonly admitted: boolean;
  readonly revoked: boolean;
  readonly sign_key: Uint8Array;
}

/** The device that holds the certificate with this SHA-256 fingerprint, or undefined where the hub never issued it. */
export async function findCaller(db: Database, fingerprint: string): Promise<Caller | undefined> {
  const [row] = await db.service((sql) => sql.rows<DeviceRow>('select * from hub_authenticate($1)', [fingerprint]));
  return row && toCaller(row);
}

/** A device that speaks through a courier: known from its signature, not from a certificate. */
export interface CourierCaller extends Caller {
  /** X25519 public key, raw 32 bytes. */
  readonly boxKey: Uint8Array;
}

/** The device with this id, revoked or not; undefined where there is none. For administration. */
export async function findCourierCaller(db: Database, device: string): Promise<CourierCaller | undefined> {
  const [row] = await db.admin((sql) =>
    sql.rows<DeviceRow & { readonly box_key: Uint8Array }>(
      'select d.id, d.unit, d.role, u.country, d.admitted, d.revoked_at is not null as revoked, d.sign_key, d.box_key from device d join unit u on u.id = d.unit where d.id = $1',
      [device],
    ),
  );
  return row && { ...toCaller(row), boxKey: plain(row.box_key) };
}

function toCaller({ id, sign_key: signKey, unit, role, country, admitted, revoked }: DeviceRow): Caller {
  return { unit, country, admitted, revoked, device: id, role: role === 'ncb' ? 'ncb' : 'officer', signKey: plain(signKey) };
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
