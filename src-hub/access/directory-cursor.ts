import type { Sql } from '../db/database.ts';
import { readEpoch } from './pull.ts';

const CURSOR = /^([0-9a-f-]{36}):(\d{1,19})$/;

/** The transaction from which on a change counts for whoever has the directory of this cursor; '0', all of them, where it is of another epoch or none. */
export async function changesFrom(sql: Sql, cursor: string): Promise<string> {
  const [, epoch, xid = '0'] = CURSOR.exec(cursor) ?? [];
  return xid !== '0' && epoch === (await readEpoch(sql)) ? xid : '0';
}
