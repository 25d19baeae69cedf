#!/usr/bin/env node
/**
 * Makes `import 'electron'` find a binary: the official one where its host answers, else the fallback of fallback.mjs.
 * SUAR_ELECTRON=auto|official|fallback chooses; SUAR_ELECTRON_CACHE moves the cache.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FALLBACK_VERSION, prepareFallback } from './fallback.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(path.join(root, 'package.json'));
const electron = path.dirname(require.resolve('electron/package.json'));
const wanted = require('electron/package.json').version;
const dist = path.join(electron, 'dist');
const pathFile = path.join(electron, 'path.txt');
const mode = process.env.SUAR_ELECTRON ?? 'auto';
const log = (text) => console.error(`[electron] ${text}`);

function installedVersion() {
  try {
    return fs.existsSync(pathFile) ? fs.readFileSync(path.join(dist, 'version'), 'utf8').trim().replace(/^v/, '') : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the link, never what it points to: the cache is shared. */
function removeDist() {
  if (fs.lstatSync(dist, { throwIfNoEntry: false })?.isSymbolicLink()) fs.unlinkSync(dist);
  else fs.rmSync(dist, { recursive: true, force: true });
  fs.rmSync(pathFile, { force: true });
}

async function officialHostAnswers() {
  const base = process.env.ELECTRON_MIRROR ?? 'https://github.com/electron/electron/releases/download/';
  try {
    return (await fetch(`${base}v${wanted}/SHASUMS256.txt`, { method: 'HEAD', signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}

function installOfficial() {
  removeDist();
  const run = spawnSync(process.execPath, [path.join(electron, 'install.js')], { stdio: 'inherit', timeout: 300_000 });
  return run.status === 0 && installedVersion() === wanted;
}

async function useFallback() {
  const target = await prepareFallback(root, log);
  const link = fs.lstatSync(dist, { throwIfNoEntry: false })?.isSymbolicLink() ? fs.readlinkSync(dist) : undefined;
  if (link !== target || !fs.existsSync(pathFile)) {
    removeDist();
    fs.symlinkSync(target, dist, 'dir');
    fs.writeFileSync(pathFile, 'electron');
  }
}

const have = installedVersion();
if (have === wanted || (have === FALLBACK_VERSION && mode !== 'official')) process.exit(0);
if (mode === 'official' || (mode === 'auto' && (await officialHostAnswers()))) {
  if (installOfficial()) log(`Electron ${wanted} installed`);
  else if (mode === 'official') process.exit(1);
  else await useFallback();
} else {
  await useFallback();
  log(`Electron ${FALLBACK_VERSION} in place of ${wanted} (development and tests only)`);
}
