/**
 * `npm start`: everything on one machine. Starts a hub on an embedded database with the demo region (four invented units),
 * prints an enrolment code for each, and opens the application. Without a screen it walks the main job under a virtual
 * display instead and leaves screenshots and a summary in screenshots/.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { hasDisplay } from './display.ts';
import { ensureSystemPackages } from './system-packages.ts';

const DATA = path.resolve('demo-data');
const HUB = path.join(DATA, 'hub');
const PORT = '8443';
const UNITS = ['la-demo', 'ph-demo', 'desk-demo', 'vu-demo'] as const;

const withNode = (...args: string[]) => execFileSync(process.execPath, args, { stdio: 'inherit' });
const hub = (...args: string[]) => execFileSync(process.execPath, ['src-hub/cli.ts', ...args, '--data', HUB], { encoding: 'utf8' }).trim();

ensureSystemPackages(!hasDisplay());
if (spawnSync('npm', ['run', '-s', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' }).status !== 0) process.exit(1);

if (!hasDisplay()) {
  console.log('No display: walking the main job under a virtual one. Screenshots go to screenshots/.');
  withNode('scripts/with-display.ts', 'playwright', 'test', 'main-job');
  withNode('scripts/walk-summary.ts');
  process.exit(0);
}

mkdirSync(DATA, { recursive: true });
if (!existsSync(HUB)) hub('init', '--host', 'localhost', '--port', PORT);
const server = spawn(process.execPath, ['src-hub/cli.ts', 'start', '--data', HUB, '--host', '127.0.0.1', '--port', PORT], { stdio: ['ignore', 'pipe', 'inherit'] });
await new Promise<void>((resolve, reject) => {
  server.stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('hub listens')) resolve();
  });
  server.once('exit', () => reject(new Error(`the hub could not start on port ${PORT}`)));
});
hub('region', 'seed', 'resources/region/demo.json');
console.log('\nDemo region (all units and data are invented). One-time enrolment codes:');
for (const unit of UNITS) console.log(`  ${unit.padEnd(10)} officer ${hub('code', unit)}\n  ${''.padEnd(10)} NCB     ${hub('code', unit, '--role', 'ncb')}`);
console.log('\nA second officer on this machine: npm run app -- --demo --profile=demo-data/second\n');

const app = spawn(path.resolve('node_modules/.bin/electron'), ['.', '--demo', `--profile=${path.join(DATA, 'first')}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], { stdio: 'inherit' });
app.on('exit', (code) => {
  server.kill('SIGTERM');
  process.exitCode = code ?? 0;
});
