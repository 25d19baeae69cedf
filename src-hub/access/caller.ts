import type { Database, Sql, Work } from '../db/database.ts';

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
  if (!row) return undefined;
  const { id, sign_key: signKey, ...rest } = row;
  return { ...rest, device: id, role: row.role === 'ncb' ? 'ncb' : 'officer', signKey };
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
