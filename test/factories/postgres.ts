import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** Where Debian and Ubuntu keep the programs of PostgreSQL. */
export const POSTGRES_ROOT = '/usr/lib/postgresql';

/** The programs of the newest PostgreSQL from 15 on, or undefined where none is installed. */
export function postgresBin(): string | undefined {
  if (!existsSync(POSTGRES_ROOT)) return undefined;
  const versions = readdirSync(POSTGRES_ROOT).filter((version) => Number(version) >= 15 && existsSync(join(POSTGRES_ROOT, version, 'bin', 'initdb')));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest && join(POSTGRES_ROOT, newest, 'bin');
}

/** A port of loopback that is free at present. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

/** PostgreSQL refuses to run as root, so it runs as its own OS user there. Not synchronous: a line of this process may carry what it waits for. */
function run(program: string, args: readonly string[]): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const child = isRoot ? spawn('runuser', ['-u', 'postgres', '--', program, ...args], { stdio: 'ignore', cwd: '/' }) : spawn(program, [...args], { stdio: 'ignore', cwd: '/' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
  });
}

/** One PostgreSQL server with a data folder of its own; it does not flush where `settings` do not say so: kills of processes are played, not power cuts. */
export interface PgNode {
  readonly port: number;
  readonly url: (user: string, database: string) => string;
  /** Runs statements as superuser. */
  readonly sql: (...statements: readonly string[]) => Promise<readonly Record<string, unknown>[]>;
  /** Ends every process of the server with SIGKILL, at once. */
  readonly kill: () => void;
  /** Stops every process of the server, or lets them go on. */
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  readonly promote: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Makes and starts a server. `copyFrom`, a port, makes it a streaming standby of the server there under the name `standby`. */
export async function startPostgres(bin: string, options: { readonly copyFrom?: number; readonly settings?: Readonly<Record<string, string>> } = {}): Promise<PgNode> {
  const folder = mkdtempSync(join(tmpdir(), 'suar-pg-'));
  const data = join(folder, 'data');
  const port = await freePort();
  if (process.getuid?.() === 0) chownSync(folder, Number(execFileSync('id', ['-u', 'postgres'])), -1);
  const { copyFrom, settings = {} } = options;
  if (copyFrom) await run(join(bin, 'pg_basebackup'), ['-D', data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync', '-d', `host=127.0.0.1 port=${copyFrom} user=postgres application_name=standby`]);
  else await run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C']);
  const flags = Object.entries({ listen_addresses: '127.0.0.1', fsync: 'off', ...settings }).map(([name, value]) => `-c ${name}=${value}`);
  await run(join(bin, 'pg_ctl'), ['-D', data, '-w', '-l', join(folder, 'log'), '-o', `-p ${port} -k ${folder} ${flags.join(' ')}`, 'start']);

  const send = (signal: NodeJS.Signals): void => {
    const main = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const children = spawnSync('pgrep', ['-P', String(main)], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean)
      .map(Number);
    for (const pid of [main, ...children]) process.kill(pid, signal);
  };
  const url = (user: string, database: string): string => `postgres://${user}@127.0.0.1:${port}/${database}`;
  return {
    port,
    url,
    sql: async (...statements) => {
      const client = new pg.Client({ connectionString: url('postgres', 'postgres') });
      await client.connect();
      try {
        let rows: readonly Record<string, unknown>[] = [];
        for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
        return rows;
      } finally {
        await client.end();
      }
    },
    kill: () => send('SIGKILL'),
    signal: send,
    promote: () => run(join(bin, 'pg_ctl'), ['-D', data, '-w', 'promote']),
    stop: async () => {
      try {
        await run(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop']);
      } catch {
        // killed before
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
