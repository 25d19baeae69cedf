import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A hub in a process of its own, with its own data folder. */
export interface HubProcess {
  readonly folder: string;
  readonly port: number;
  /** Runs `npm run hub -- …` against it and answers what it printed. */
  readonly run: (...args: string[]) => string;
  readonly stop: () => Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Starts a hub on PGlite, or on the PostgreSQL at `databaseUrl`. */
export async function startHubProcess(databaseUrl?: string): Promise<HubProcess> {
  const folder = mkdtempSync(path.join(tmpdir(), 'suar-hub-'));
  const port = await freePort();
  const env = databaseUrl ? { ...process.env, DATABASE_URL: databaseUrl } : process.env;
  const cli = (...args: string[]) => execFileSync(process.execPath, ['src-hub/cli.ts', ...args, '--data', folder], { encoding: 'utf8', env });
  cli('init', '--host', '127.0.0.1', '--port', String(port));
  const child: ChildProcess = spawn(process.execPath, ['src-hub/cli.ts', 'start', '--data', folder, '--host', '127.0.0.1', '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'], env });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => chunk.includes('hub listens') && resolve());
    child.once('exit', () => reject(new Error('the hub ended')));
  });
  return {
    folder,
    port,
    run: cli,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}
