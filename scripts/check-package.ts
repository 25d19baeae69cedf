/**
 * Checks a packaged folder: fuses read back from the binary and tried, nothing but out/ inside, and a first start that
 * stays up. `node scripts/check-package.ts [--json]` after `npm run package`; SUAR_RELEASE_DIR as for packaging.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import electronFuses from '@electron/fuses';
import { endTree, processTree } from '../test/lab/process-tree.ts';
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { readOptions, report, toFigure } from './measure.ts';

const { FuseV1Options: Option, getCurrentFuseWire } = electronFuses;
/** Bytes of the fuse wire (https://www.electronjs.org/docs/latest/tutorial/fuses). */
const OFF = 0x30;
const ON = 0x31;

/** What each fuse must be; the same list as electron-builder.config.cjs. */
const FUSES: readonly (readonly [name: string, option: number, state: number])[] = [
  ['runAsNode', Option.RunAsNode, OFF],
  ['cookieEncryption', Option.EnableCookieEncryption, ON],
  ['nodeOptions', Option.EnableNodeOptionsEnvironmentVariable, OFF],
  ['nodeCliInspect', Option.EnableNodeCliInspectArguments, OFF],
  ['onlyLoadAppFromAsar', Option.OnlyLoadAppFromAsar, ON],
  ['fileProtocolExtraPrivileges', Option.GrantFileProtocolExtraPrivileges, OFF],
];
const BOOT_MS = 20_000;
const STAY_MS = 3_000;

const { json } = readOptions({});
const folder = path.resolve(process.env['SUAR_RELEASE_DIR'] ?? 'release', 'linux-unpacked');
const binary = path.join(folder, 'suar');
if (!existsSync(binary)) throw new Error(`no package in ${folder}: run npm run package first`);

/** Files of an asar archive, from its JSON header (https://github.com/electron/asar#format). */
function filesInside(archive: string): string[] {
  const bytes = readFileSync(archive);
  const header: unknown = JSON.parse(bytes.subarray(16, 16 + bytes.readUInt32LE(12)).toString('utf8'));
  const walk = (entry: unknown, at: string): string[] => {
    const children = (Object(entry) as { files?: object }).files;
    return children ? Object.entries(children).flatMap(([name, child]) => walk(child, `${at}/${name}`)) : [at];
  };
  return walk(header, '');
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Starts the package on an empty profile as an attacker would, with a debugger asked for, and watches it. */
async function firstStart(): Promise<{ readonly staysUp: boolean; readonly debuggers: number }> {
  const profile = mkdtempSync(path.join(tmpdir(), 'suar-package-'));
  const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = spawn(binary, [`--profile=${profile}`, '--disable-gpu', '--inspect=0', ...root], { env: { ...process.env, NODE_OPTIONS: '--inspect=0' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [app.stdout, app.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const hasWindow = () => app.pid !== undefined && processTree(app.pid).some((pid) => readCommand(pid).includes('--type=renderer'));
  try {
    for (let waited = 0; waited < BOOT_MS && app.exitCode === null && !hasWindow(); waited += 100) await wait(100);
    await wait(STAY_MS);
    return { staysUp: app.exitCode === null && hasWindow() && readdirSync(profile).length > 0, debuggers: output.match(/Debugger listening/g)?.length ?? 0 };
  } finally {
    if (app.pid !== undefined) endTree(app.pid);
    endDisplay();
    await wait(300);
    rmSync(profile, { recursive: true, force: true });
  }
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const wire: Readonly<Record<number, unknown>> = { ...(await getCurrentFuseWire(binary)) };
const wrongFuses = FUSES.filter(([, option, state]) => wire[option] !== state);
const asNode = spawnSync(binary, ['-e', 'console.log("ran as " + "node")'], { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, encoding: 'utf8', timeout: 5_000, killSignal: 'SIGKILL' });
const inside = filesInside(path.join(folder, 'resources/app.asar'));
const foreign = inside.filter((file) => file !== '/package.json' && !/^\/out\/(main|preload|renderer)\//.test(file));
const loose = ['resources/default_app.asar', 'resources/app'].filter((file) => existsSync(path.join(folder, file)));
const start = await firstStart();
const none = { target: { of: 'value', is: '=', bound: 0 } } as const;
report(
  [
    toFigure(`fuses read back wrong (of ${FUSES.length})${wrongFuses.map(([name]) => ` ${name}`).join('')}`, wrongFuses.length, 'fuses', none),
    toFigure('runs as Node when asked', asNode.stdout.includes('ran as node') ? 1 : 0, 'times', none),
    toFigure('debuggers opened by --inspect and NODE_OPTIONS', start.debuggers, 'debuggers', none),
    toFigure('files in the package that are not the app', foreign.length + loose.length, 'files', none),
    toFigure('first start shows a window and stays up', start.staysUp ? 1 : 0, 'starts', { target: { of: 'value', is: '=', bound: 1 } }),
  ],
  json,
);
