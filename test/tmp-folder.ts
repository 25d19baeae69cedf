import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MARK = 'SUAR_TEST_FOLDER';

/** Global setup of both runners: whatever tests leave in the folder for temporary files goes when they end. The name is short: PostgreSQL's socket lies in it. */
export default function useOwnTmpFolder(): () => void {
  if (process.env[MARK] !== undefined) return () => undefined; // another project of the same run has done it
  const folder = mkdtempSync(path.join(tmpdir(), 'st-'));
  chmodSync(folder, 0o755); // a server of another user works below it
  process.env[MARK] = process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
