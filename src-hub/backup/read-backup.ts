import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { AdminError } from '../access/admin.ts';
import { BACKUP_TABLES, type BackupHeader, type BackupTable } from './tables.ts';

/** One stretch of rows of a table, each as JSON text. */
export interface BackupPage {
  readonly table: BackupTable;
  readonly rows: readonly string[];
}

const PAGE = 500;

/** Reads the header of a backup. Throws {@link AdminError} where the file is none. */
export async function readHeader(path: string): Promise<BackupHeader> {
  for await (const line of linesOf(path)) {
    try {
      const header = JSON.parse(line) as BackupHeader;
      if (header.format === 'suar-hub-backup-1' && Array.isArray(header.migrations)) return header;
    } catch {
      // told below
    }
    break;
  }
  throw new AdminError(`${path} is no backup of a hub`);
}

/** The rows of a backup, in order. Throws {@link AdminError} at its end where anything is missing or altered: use what came only then. */
export async function* readPages(path: string): AsyncIterable<BackupPage> {
  const digest = createHash('sha256');
  let table: BackupTable | undefined;
  let rows: string[] = [];
  let count = 0;
  let isWhole = false;
  for await (const line of linesOf(path)) {
    if (line.startsWith('E ')) {
      isWhole = line === `E ${count} ${digest.digest('hex')}`;
      break;
    }
    digest.update(`${line}\n`);
    if (line.startsWith('R ') && table) {
      count++;
      if (rows.push(line.slice(2)) < PAGE) continue;
    }
    if (table && rows.length > 0) yield { table, rows };
    rows = [];
    if (line.startsWith('T ')) table = BACKUP_TABLES.find((known) => known === line.slice(2));
  }
  if (!isWhole) throw new AdminError(`${path} is cut short or altered; nothing was restored`);
}

async function* linesOf(path: string): AsyncIterable<string> {
  const file = createReadStream(path);
  const text = file.pipe(createGunzip());
  file.on('error', (error) => text.destroy(error));
  try {
    for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) yield line;
  } catch (error) {
    throw new AdminError(`${path} cannot be read`, { cause: error });
  } finally {
    file.destroy();
  }
}
