import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether a screen is there to open a window on. */
export function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}

/** Starts a virtual display of 1366 × 768 on a free number and sets DISPLAY; answers how to end it. */
export async function startVirtualDisplay(): Promise<() => void> {
  for (let number = 99; number < 160; number++) {
    if (existsSync(`/tmp/.X11-unix/X${number}`) || existsSync(`/tmp/.X${number}-lock`)) continue;
    const server: ChildProcess = spawn('Xvfb', [`:${number}`, '-screen', '0', '1366x768x24', '-nolisten', 'tcp'], { stdio: 'ignore' });
    for (let waited = 0; waited < 100 && server.exitCode === null; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (existsSync(`/tmp/.X11-unix/X${number}`)) {
        process.env['DISPLAY'] = `:${number}`;
        return () => server.kill();
      }
    }
    server.kill();
  }
  throw new Error('no virtual display could be started');
}
