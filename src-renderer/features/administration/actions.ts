import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ExposedRecord, UnitDevice, UnitRole } from '#shared/contract/unit-admin.ts';
import { ENTITY_NAMES } from '#shared/entities.ts';
import type { DataService } from '../../db/data-service.ts';

const UNEXPECTED = err({ code: 'unexpected' } as const);

/** A record a lost device could have held, with its title where this device has it. */
export interface ExposedLine extends ExposedRecord {
  readonly title: string;
}

/** Devices of the own unit, oldest first. Errors: `hub-unreachable`. */
export function findDevices(): Promise<Result<readonly UnitDevice[], AppError>> {
  return window.suar.invoke('unit.devices', {}).catch(() => UNEXPECTED);
}

/** A one-time code for a new device of the own unit; it is shown once. Errors: `hub-unreachable`, `hub-busy` while too many are open. */
export function createCode(role: UnitRole): Promise<Result<string, AppError>> {
  return window.suar.invoke('unit.code', { role }).catch(() => UNEXPECTED);
}

/** Ends a device of the own unit at once; the unit's keys are replaced. Errors: `hub-unreachable`. */
export function revokeDevice(device: string): Promise<Result<null, AppError>> {
  return window.suar.invoke('unit.revoke', { device }).catch(() => UNEXPECTED);
}

/** What a device could have held, with titles from the own store. Errors: `hub-unreachable`. */
export async function findExposure(data: DataService, device: string): Promise<Result<readonly ExposedLine[], AppError>> {
  const found = await window.suar.invoke('unit.exposure', { device }).catch(() => UNEXPECTED);
  if (!found.ok) return found;
  const lines: ExposedLine[] = [];
  for (const record of found.value) lines.push({ ...record, title: await titleOf(data, record) });
  return ok(lines);
}

async function titleOf(data: DataService, { id, entity }: ExposedRecord): Promise<string> {
  const known = ENTITY_NAMES.find((name) => name === entity);
  const record = known && (await data.get<{ readonly title?: unknown }>(known, id));
  return typeof record?.body.title === 'string' ? record.body.title : '';
}

/** A cell of a CSV file: quoted, and never a formula in a spreadsheet. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${plain.replaceAll('"', '""')}"`;
}

/** The list as CSV with a header row (RFC 4180, UTF-8 with a byte order mark, so that spreadsheets read every script). */
export function exposureCsv(headings: readonly string[], lines: readonly ExposedLine[]): string {
  const rows = lines.map(({ id, entity, owner, deleted, title }) => [id, entity, owner, title, deleted ? '1' : '0']);
  return `\uFEFF${[headings, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** Writes the list to a file the officer chooses; false where they chose none. Errors: `disk-failed`. */
export function exportExposure(device: string, csv: string): Promise<Result<boolean, AppError>> {
  return window.suar.invoke('unit.export', { name: `exposure-${device}`, text: new TextEncoder().encode(csv) }).catch(() => UNEXPECTED);
}
