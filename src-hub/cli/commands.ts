import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AdminError } from '../access/admin.ts';
import type { HubAdmin } from '../server/hub-admin.ts';

/** Options of the command line, all text. */
export type Flags = Readonly<Record<string, string | undefined>>;

/** A command that needs the database: words that select it, its help line, what it does and prints. */
export interface Command {
  readonly words: readonly string[];
  readonly help: string;
  readonly run: (admin: HubAdmin, args: readonly string[], flags: Flags) => Promise<string>;
}

function need(value: string | undefined, what: string): string {
  if (!value) throw new AdminError(`${what} is missing`);
  return value;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A port number from the command line. */
export function toPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new AdminError('--port must be 0 to 65535');
  return port;
}

/** Every command that administers a hub, running or not. */
export const COMMANDS: readonly Command[] = [
  {
    words: ['unit', 'add'],
    help: 'unit add <id> --country LA --kind unit|ncb|desk --name "…"',
    run: async (admin, [id], flags) => {
      await admin.addUnit({ id: need(id, 'unit id'), country: need(flags['country'], '--country'), kind: need(flags['kind'], '--kind'), name: need(flags['name'], '--name') });
      return `unit ${id} added`;
    },
  },
  {
    words: ['unit', 'list'],
    help: 'unit list',
    run: async (admin) => table([['ID', 'COUNTRY', 'KIND', 'DEVICES', 'NAME'], ...(await admin.listUnits()).map((unit) => [unit.id, unit.country, unit.kind, String(unit.devices), unit.name])]),
  },
  {
    words: ['taskforce', 'add'],
    help: 'taskforce add <id> --name "…" --members a,b   (also adds members to an existing one)',
    run: async (admin, [id], flags) => {
      const members = need(flags['members'], '--members')
        .split(',')
        .map((member) => member.trim());
      await admin.addTaskforce({ id: need(id, 'taskforce id'), name: flags['name'] ?? id ?? '', members });
      return `taskforce ${id}: ${members.join(', ')}`;
    },
  },
  {
    words: ['taskforce', 'leave'],
    help: 'taskforce leave <id> <unit>',
    run: async (admin, [id, unit]) => {
      await admin.leaveTaskforce(need(id, 'taskforce id'), need(unit, 'unit'));
      return `${unit} left ${id}`;
    },
  },
  {
    words: ['code'],
    help: 'code <unit> [--role officer|ncb|admin] [--host NAME] [--port N]   prints a one-time enrolment code',
    run: (admin, [unit], flags) => admin.createCode(need(unit, 'unit'), flags['role'] ?? 'officer', flags['host'], toPort(flags['port'])),
  },
  {
    words: ['device', 'list'],
    help: 'device list',
    run: async (admin) =>
      table([
        ['ID', 'UNIT', 'ROLE', 'STATE', 'ENROLLED'],
        ...(await admin.listDevices()).map((device) => [device.id, device.unit, device.role, device.revokedAt ? 'revoked' : device.admitted ? 'admitted' : 'waiting', device.enrolledAt]),
      ]),
  },
  {
    words: ['device', 'revoke'],
    help: 'device revoke <id>',
    run: async (admin, [id]) => {
      await admin.revokeDevice(need(id, 'device id'));
      return `device ${id} revoked`;
    },
  },
  {
    words: ['region', 'seed'],
    help: 'region seed <file.json>   adds the units and taskforces that are missing',
    run: async (admin, [file]) => {
      const path = need(file, 'file');
      const text = readText(path);
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        throw new AdminError(`${path} is no JSON`);
      }
      await admin.seedRegion(value);
      return 'region seeded';
    },
  },
  {
    words: ['epoch', 'renew'],
    help: 'epoch renew   after restoring a backup: every device starts from the beginning',
    run: async (admin) => {
      await admin.renewEpoch();
      return 'epoch renewed';
    },
  },
  {
    words: ['bundle', 'answer'],
    help: 'bundle answer <file> [<answer file>]   reads a bundle of a device and writes what it gets back',
    run: async (admin, [file, answer]) => {
      const from = resolve(need(file, 'file'));
      if (!existsSync(from)) throw new AdminError(`cannot read ${from}`);
      const to = resolve(answer ?? `${from.replace(/\.suarbundle$/, '')}.answer.suarbundle`);
      const reading = await admin.answerBundle(from, to);
      return `${table(Object.entries(reading).map(([key, value]) => [key, String(value)]))}\nanswer in ${to}`;
    },
  },
  {
    words: ['bundle', 'deliver'],
    help: 'bundle deliver <unit> <file>   writes everything a unit may read into a file that its devices take',
    run: async (admin, [unit, file]) => {
      const to = resolve(need(file, 'file'));
      const delivery = await admin.deliverBundle(need(unit, 'unit'), to);
      return `${table(Object.entries(delivery).map(([key, value]) => [key, String(value)]))}\ndelivery in ${to}`;
    },
  },
  {
    words: ['backup'],
    help: 'backup <file>   everything in the database, while the hub works; keep the folder of the CA apart',
    run: async (admin, [file]) => {
      const path = resolve(need(file, 'file'));
      const counts = await admin.backup(path);
      return `${path}: ${Object.entries(counts)
        .map(([table, count]) => `${count} ${table}`)
        .join(', ')}`;
    },
  },
  {
    words: ['addresses'],
    help: 'addresses <host:port> …   every hub over this database, for devices to try in turn',
    run: async (admin, addresses) => {
      await admin.setAddresses(addresses);
      return addresses.length === 0 ? 'devices use the address they know' : `devices try ${addresses.join(', ')}`;
    },
  },
  {
    words: ['content'],
    help: 'content [--quota-mb N] [--days N]   room for contents of exhibits for each unit, and how long they stay',
    run: async (admin, _args, flags) => {
      const limits = await admin.contentLimits({
        ...(flags['quota-mb'] === undefined ? {} : { quotaBytes: Number(flags['quota-mb']) * 1_000_000 }),
        ...(flags['days'] === undefined ? {} : { days: Number(flags['days']) }),
      });
      return table(Object.entries(limits).map(([key, value]) => [key, String(value)]));
    },
  },
  {
    words: ['status'],
    help: 'status',
    run: async (admin) => table(Object.entries(await admin.status()).map(([key, value]) => [key, String(value)])),
  },
];

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new AdminError(`cannot read ${path}`);
  }
}

/** The command these words select and its remaining arguments, or undefined. */
export function findCommand(words: readonly string[]): { readonly command: Command; readonly args: readonly string[] } | undefined {
  const command = COMMANDS.find((each) => each.words.every((word, at) => words[at] === word));
  return command && { command, args: words.slice(command.words.length) };
}
