import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AdminError } from './access/admin.ts';
import { COMMANDS, findCommand, toPort, type Flags } from './cli/commands.ts';
import { restoreBackup } from './backup/restore.ts';
import { openDatabase, openStorage, type StorageOptions } from './db/open.ts';
import { selfTest } from './db/self-test.ts';
import { openDeviceCa } from './identity/ca.ts';
import { openRevocationList } from './identity/revocation-list.ts';
import { connectAdmin } from './server/admin-socket.ts';
import { createAdmin, type HubAdmin } from './server/hub-admin.ts';
import { readConfig, writeConfig } from './server/hub-config.ts';
import { createHub } from './server.ts';

const HELP = `suar hub

  init [--host name,address] [--port N]   make the data directory, the database and the device CA
  start [--host ADDRESS] [--port N] [--metrics-port N]   serve (SIGINT or SIGTERM ends it)
  restore <file>                          put a backup into an empty database, with no hub running
${COMMANDS.map((command) => `  ${command.help}`).join('\n')}

  --data DIR      data directory (HUB_DATA, else ./hub-data)
  --help

  DATABASE_URL    PostgreSQL 15 or newer, as the owner of the tables; without it an embedded database in the data directory
  HUB_APP_URL     the same database as the login role hub_app; without it the service takes the role in each transaction
  HUB_CA_DIR      folder of ca.pem and ca.key, shared by hubs on one database (default: DIR/ca)

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 failed.
`;

const OPTIONS = {
  data: { type: 'string' },
  host: { type: 'string' },
  hosts: { type: 'string' },
  port: { type: 'string' },
  'metrics-port': { type: 'string' },
  country: { type: 'string' },
  kind: { type: 'string' },
  name: { type: 'string' },
  members: { type: 'string' },
  role: { type: 'string' },
  'quota-mb': { type: 'string' },
  days: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface Place extends StorageOptions {
  readonly caDir: string;
}

function placeOf(flags: Flags): Place {
  const dataDir = flags['data'] ?? process.env['HUB_DATA'] ?? './hub-data';
  return { dataDir, databaseUrl: process.env['DATABASE_URL'], serviceUrl: process.env['HUB_APP_URL'], caDir: process.env['HUB_CA_DIR'] ?? join(dataDir, 'ca') };
}

async function init(place: Place, flags: Flags): Promise<string> {
  const known = readConfig(place.dataDir);
  const hosts =
    (flags['hosts'] ?? flags['host'])
      ?.split(',')
      .map((host) => host.trim())
      .filter(Boolean) ?? known.hosts;
  writeConfig(place.dataDir, { hosts, port: toPort(flags['port']) ?? known.port });
  const ca = await openDeviceCa(place.caDir);
  const db = await openDatabase(place);
  try {
    await selfTest(db);
  } finally {
    await db.close();
  }
  return `hub ready in ${place.dataDir} for ${hosts.join(', ')}; CA pin ${Buffer.from(ca.pin).toString('hex')}`;
}

async function start(place: Place, flags: Flags): Promise<void> {
  const port = toPort(flags['port']);
  const hub = await createHub({
    ...place,
    ...(flags['host'] ? { host: flags['host'] } : {}),
    ...(port === undefined ? {} : { port }),
    metricsPort: toPort(flags['metrics-port']),
  });
  process.stdout.write(`hub listens on port ${hub.port}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await hub.close();
}

async function restore(place: Place, file: string | undefined): Promise<string> {
  if (!file) throw new AdminError('file is missing');
  if (await connectAdmin(place.dataDir)) throw new AdminError('a hub serves this data directory: stop every hub first');
  const report = await restoreBackup(() => openStorage(place), file, openRevocationList(place.caDir));
  return [
    `restored ${report.rows} rows of ${report.createdAt}; the hub has a new epoch and every device starts from the beginning`,
    report.hasRevocationList
      ? `revoked again: ${report.revokedAgain.length === 0 ? 'none was revoked after the backup' : report.revokedAgain.join(', ')}`
      : `no list of revocations in ${place.caDir}: devices revoked after the backup are let in again until you revoke them`,
    'devices enrolled after the backup need a new code; units, taskforces and leavings after it must be entered again',
  ].join('\n');
}

/** Works through the socket of a running hub where there is one, else opens the database itself. */
async function administer<T>(place: Place, work: (admin: HubAdmin) => Promise<T>): Promise<T> {
  const running = await connectAdmin(place.dataDir);
  if (running) return work(running);
  const db = await openDatabase(place);
  try {
    const { hosts, port } = readConfig(place.dataDir);
    return await work(createAdmin(db, await openDeviceCa(place.caDir), openRevocationList(place.caDir), () => ({ host: hosts[0] ?? '127.0.0.1', port })));
  } finally {
    await db.close();
  }
}

async function main(argv: readonly string[]): Promise<number> {
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'wrong usage'}\n\n${HELP}`);
    return 2;
  }
  const { help, ...rest } = parsed.values;
  const flags: Flags = Object.fromEntries(Object.entries(rest).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [first] = parsed.positionals;
  const place = placeOf(flags);
  const found = findCommand(parsed.positionals);
  if (first === 'init') process.stdout.write(`${await init(place, flags)}\n`);
  else if (first === 'start') await start(place, flags);
  else if (first === 'restore') process.stdout.write(`${await restore(place, parsed.positionals[1])}\n`);
  else if (found) process.stdout.write(`${await administer(place, (admin) => found.command.run(admin, found.args, flags))}\n`);
  else {
    process.stderr.write(`${first ? `unknown command: ${parsed.positionals.join(' ')}` : 'no command'}\n\n${HELP}`);
    return 2;
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
  process.exitCode = error instanceof AdminError ? 1 : 3;
}
