import type { PurgeAnswer, PurgeReceipt } from '#shared/contract/purge.ts';
import { purgeSigningBytes } from '#shared/contract/wire.ts';
import type { Database } from '../db/database.ts';
import { isSignedBy } from '../identity/signatures.ts';
import { asCaller, type Caller } from './caller.ts';
import { plain } from './stored-record.ts';

/** Notes that a page went out to the caller's device. A transaction of its own: a pull that writes would hold back every cursor while it runs. */
export async function noteDelivered(db: Database, caller: Caller): Promise<void> {
  await asCaller(db, caller, (sql) => sql.rows('select hub_delivered()'));
}

/** Stores the receipts of the caller's device; false where one is not signed by it. What it never could read is passed over in silence. */
export async function storeReceipts(db: Database, caller: Caller, receipts: readonly PurgeReceipt[]): Promise<boolean> {
  const isSigned = ({ record, rev, at, sig }: PurgeReceipt): boolean => sig instanceof Uint8Array && isSignedBy(caller.signKey, purgeSigningBytes(record, rev, caller.device, at), sig);
  if (!receipts.every(isSigned)) return false;
  await asCaller(db, caller, async (sql) => {
    for (const { record, rev, at, sig } of receipts) await sql.rows('select hub_purged($1, $2, $3, $4)', [record, rev, at, sig]);
  });
  return true;
}

/** Who must have removed a record of the caller's unit, and who said so; nothing of a record of another. */
export function readPurges(db: Database, caller: Caller, record: string): Promise<PurgeAnswer> {
  return asCaller(db, caller, async (sql) => {
    const devices = await sql.rows<{ id: string; unit: string; revoked: boolean }>('select device::text as id, unit, revoked from hub_purge_units($1) order by unit, device', [record]);
    const receipts = await sql.rows<{ device: string; rev: string; at: string; sig: Uint8Array }>(
      'select device::text as device, rev, at, sig from purge where record_id = $1 order by stored_at, device',
      [record],
    );
    return { devices, receipts: receipts.map((row) => ({ ...row, sig: plain(row.sig) })) };
  });
}
