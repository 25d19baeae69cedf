import { UUID_PATTERN } from '#shared/base/ids.ts';
import type { KnownAnswer, Version } from '#shared/contract/known-versions.ts';
import type { Database } from '../db/database.ts';
import { asCaller, type Caller } from './caller.ts';
import { readEpoch } from './pull.ts';

const UUID = new RegExp(UUID_PATTERN);

/** Which of these versions are not the newest of their record, pushed by the calling device; `epoch` where the hub is in another one than asked about. */
export function findOtherVersions(db: Database, caller: Caller, versions: readonly Version[], epoch: string | undefined): Promise<KnownAnswer | 'epoch'> {
  return asCaller(db, caller, async (sql) => {
    if (epoch !== undefined && (await readEpoch(sql)) !== epoch) return 'epoch';
    const rows = await sql.rows<Version>('select id, rev from records where author = $1 and id = any($2::uuid[])', [caller.device, versions.map(({ id }) => id).filter((id) => UUID.test(id))]);
    const known = new Set(rows.map(({ id, rev }) => `${id} ${rev}`));
    return { others: versions.flatMap(({ id, rev }, at) => (known.has(`${id} ${rev}`) ? [] : [at])) };
  });
}
