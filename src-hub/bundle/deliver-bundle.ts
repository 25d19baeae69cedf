import { NO_DEVICE } from '#shared/contract/bundle.ts';
import { AdminError } from '../access/admin.ts';
import { findCourierCaller } from '../access/caller.ts';
import { readWholeDirectory } from '../access/directory.ts';
import { readKeys } from '../access/keys.ts';
import { plain } from '../access/stored-record.ts';
import type { Database } from '../db/database.ts';
import { newHead, writePages, writeWhole, type BundleDesk } from './write-bundle.ts';

/** What a delivery came to. */
export interface BundleDelivery {
  /** Devices of the unit that can read it. */
  readonly devices: number;
  readonly records: number;
}

/**
 * Writes everything a unit may read into one file that any of its devices takes, unasked. Refused where the unit has no device yet, or where a
 * revoked one holds the key it would be sealed to: a device of the unit has to sync first, which makes the next key. Rejects with {@link AdminError}.
 */
export async function deliverBundle(desk: BundleDesk, unit: string, file: string): Promise<BundleDelivery> {
  const { db } = desk;
  const { boxKey, devices, isExposed } = await readUnit(db, unit);
  const caller = devices[0] === undefined ? undefined : await findCourierCaller(db, devices[0]);
  if (!caller || !boxKey) throw new AdminError(`${unit} has no device that was admitted: nobody could read the file`);
  if (isExposed) throw new AdminError(`a revoked device still holds the key of ${unit}: let another device of the unit reach the hub once, or answer a bundle of it`);
  const head = { ...newHead(desk), kind: 'delivery', device: NO_DEVICE, unit, seq: 1, epoch: '', cursor: '' } as const;
  const records = await writeWhole(desk, { file, recipient: boxKey, head }, async (writer) => {
    const { bucketKeys } = await readKeys(db, caller);
    // what is for one device alone stays out: the others read this too
    writer.add({ t: 'directory', directory: await readWholeDirectory(db, caller, desk.ca.keys), keys: { admission: null, unitSecrets: [], bucketKeys } });
    return writePages(db, caller, '', writer);
  });
  await noteDeliveries(db, devices);
  return { devices: devices.length, records };
}

async function readUnit(db: Database, unit: string): Promise<{ readonly boxKey: Uint8Array | undefined; readonly devices: readonly string[]; readonly isExposed: boolean }> {
  return db.admin(async (sql) => {
    const [row] = await sql.rows<{ box_key: Uint8Array | null; exposed: boolean }>(
      'select u.box_key, exists (select 1 from device d where d.unit = u.id and d.revoked_at is not null and d.secret_epoch >= u.key_epoch and u.key_epoch > 0) as exposed from unit u where u.id = $1',
      [unit],
    );
    if (!row) throw new AdminError(`there is no unit ${unit}`);
    const devices = await sql.rows<{ id: string }>('select id from device where unit = $1 and admitted and revoked_at is null order by enrolled_at, id', [unit]);
    return { boxKey: row.box_key ? plain(row.box_key) : undefined, devices: devices.map(({ id }) => id), isExposed: row.exposed };
  });
}

/** Any of them may hold all of it from now on: what a lost one is said to have held counts it. */
async function noteDeliveries(db: Database, devices: readonly string[]): Promise<void> {
  await db.admin((sql) =>
    sql.rows(
      `insert into delivery (device, seq, at) select d, s.last_value, now() from unnest($1::uuid[]) d, record_seq s
       on conflict (device) do update set seq = excluded.seq, at = excluded.at`,
      [devices],
    ),
  );
}
