import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Debian packages by the library or program whose absence shows that they are missing. */
const PACKAGES = {
  'libgtk-3.so.0': ['libgtk-3-0', 'libgtk-3-0t64'],
  'libnss3.so': ['libnss3', 'libnss3'],
  'libasound.so.2': ['libasound2', 'libasound2t64'],
  'libgbm.so.1': ['libgbm1', 'libgbm1'],
} as const;

function missingLibraries(): (keyof typeof PACKAGES)[] {
  const cache = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).stdout ?? '';
  return (Object.keys(PACKAGES) as (keyof typeof PACKAGES)[]).filter((library) => !cache.includes(library));
}

/** Packages Electron needs here and that are not installed; the newer names on Ubuntu 24.04 and Debian 13. */
function missingPackages(needsDisplay: boolean): string[] {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const version = Number(/VERSION_ID="?(\d+)/.exec(release)?.[1] ?? 0);
  const renamed = /^ID=ubuntu/m.test(release) ? version >= 24 : version >= 13;
  const libraries = missingLibraries().map((library) => PACKAGES[library][renamed ? 1 : 0]);
  const display = needsDisplay && !existsSync('/usr/bin/Xvfb') ? ['xvfb', 'xauth'] : [];
  return [...libraries, ...display];
}

/**
 * Sees to the system libraries of Electron: installs them where this is root on Debian or Ubuntu, else prints the exact line and ends.
 * `needsDisplay` adds the virtual display.
 */
export function ensureSystemPackages(needsDisplay: boolean): void {
  if (process.platform !== 'linux') return;
  const missing = missingPackages(needsDisplay);
  if (missing.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(`Suar needs system libraries that are not installed. Install them, then run this again:\n\n  sudo ${line}\n`);
    process.exit(1);
  }
  console.log(`installing ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
  execFileSync('apt-get', line.split(' ').slice(1), { stdio: ['ignore', 'ignore', 'inherit'], env });
}
