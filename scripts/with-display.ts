/** Runs a command with a screen: the one there is, or a virtual one. `node scripts/with-display.ts playwright test` */
import { spawn } from 'node:child_process';
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { ensureSystemPackages } from './system-packages.ts';

const [command, ...rest] = process.argv.slice(2);
if (command === undefined) throw new Error('usage: with-display <command> [arguments]');
ensureSystemPackages(!hasDisplay());
const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
const child = spawn(command, rest, { stdio: 'inherit' });
child.on('exit', (code, signal) => {
  endDisplay();
  process.exitCode = code ?? (signal ? 1 : 0);
});
