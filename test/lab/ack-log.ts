import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** Marks every text the lab writes; nothing of it may be found on disk in clear. */
export const CANARY = 'ZXQKANARI';

/** What the lab asked for and what the application answered, in order. Versions of a record count up from 1. */
export interface LoggedWrite {
  readonly op: 'asked' | 'acknowledged';
  readonly record: string;
  readonly version: number;
}

/** The title of a version of a record. */
export function titleOf(record: string, version: number): string {
  return `${CANARY}-${record} v${version}`;
}

/** Records and versions in the text of a list, one entry for each row. */
export function readTitles(texts: readonly string[]): { readonly record: string; readonly version: number }[] {
  const pattern = new RegExp(`${CANARY}-(\\d+-\\d+) v(\\d+)`);
  return texts.flatMap((text) => {
    const [, record, version] = pattern.exec(text) ?? [];
    return record === undefined ? [] : [{ record, version: Number(version) }];
  });
}

/** A log outside the application that is on disk before the next write is asked for. */
export interface AckLog {
  readonly note: (entry: LoggedWrite) => void;
  readonly entries: () => readonly LoggedWrite[];
  readonly close: () => void;
}

/** Opens a log in `file`. */
export function openAckLog(file: string): AckLog {
  const handle = openSync(file, 'a', 0o600);
  const entries: LoggedWrite[] = [];
  return {
    note: (entry) => {
      writeSync(handle, `${JSON.stringify(entry)}\n`);
      fsyncSync(handle);
      entries.push(entry);
    },
    entries: () => entries,
    close: () => closeSync(handle),
  };
}

/**
 * Every broken promise between what was acknowledged and what a restarted application shows: an acknowledged version that
 * is not there (an asked one may be), a version nobody asked for, a record shown twice. An empty list is a pass.
 */
export function compareWithLog(entries: readonly LoggedWrite[], shown: readonly { readonly record: string; readonly version: number }[]): string[] {
  const broken: string[] = [];
  for (const record of new Set(entries.map((entry) => entry.record))) {
    const newest = (op: LoggedWrite['op']) => Math.max(0, ...entries.filter((entry) => entry.record === record && entry.op === op).map(({ version }) => version));
    const versions = shown.filter((row) => row.record === record).map(({ version }) => version);
    if (versions.length > 1) broken.push(`${record} is shown ${versions.length} times`);
    const version = versions[0] ?? 0;
    if (version < newest('acknowledged')) broken.push(`${record}: version ${newest('acknowledged')} was acknowledged, ${version === 0 ? 'none' : version} is there`);
    if (version > newest('asked')) broken.push(`${record}: version ${version} was never asked for`);
  }
  return broken;
}
