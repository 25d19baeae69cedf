import { spawn, spawnSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseEnrolmentCode } from '#shared/contract/wire.ts';
import { tempDir } from './engines.ts';

const CLI = join(import.meta.dirname, '../../src-hub/cli.ts');

describe('command line', () => {
  const data = tempDir();
  afterAll(() => rmSync(data, { recursive: true, force: true }));
  const { DATABASE_URL: _url, ...env } = process.env;

  function hub(...args: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args, '--data', data], { encoding: 'utf8', env });
    return { code: status, out: stdout, err: stderr };
  }

  it('sets a hub up without one running', () => {
    expect(hub('init', '--host', 'hub.test,10.0.0.5', '--port', '9443')).toMatchObject({ code: 0, err: '' });
    expect(statSync(join(data, 'ca', 'ca.key')).mode & 0o777).toBe(0o600);
    expect(hub('unit', 'add', 'la-cyber', '--country', 'LA', '--kind', 'unit', '--name', 'Laos')).toMatchObject({ code: 0, out: 'unit la-cyber added\n' });
    const code = hub('code', 'la-cyber');
    expect(parseEnrolmentCode(code.out.trim())).toMatchObject({ host: 'hub.test', port: 9443 });
    writeFileSync(
      join(data, 'region.json'),
      JSON.stringify({ units: [{ id: 'th-ccib', country: 'TH', kind: 'unit', name: 'Thai' }], taskforces: [{ id: 'falcon', name: 'F', members: ['la-cyber', 'th-ccib'] }] }),
    );
    expect(hub('region', 'seed', join(data, 'region.json')).code).toBe(0);
    expect(hub('region', 'seed', join(data, 'region.json')).code).toBe(0);
    expect(hub('taskforce', 'leave', 'falcon', 'th-ccib').code).toBe(0);
  });

  it('says what is wrong and how it ended', () => {
    expect(hub('--help').out).toContain('device revoke');
    expect(hub('frobnicate')).toMatchObject({ code: 2 });
    expect(hub('unit', 'list', '--nonsense')).toMatchObject({ code: 2 });
    expect(hub('unit', 'add', 'la-cyber', '--country', 'LA', '--kind', 'unit', '--name', 'Laos')).toMatchObject({ code: 1, err: 'unit la-cyber exists already\n' });
    expect(hub('unit', 'add', 'x1', '--country', 'laos', '--kind', 'unit', '--name', 'x')).toMatchObject({ code: 1 });
    expect(hub('code', 'nobody')).toMatchObject({ code: 1, err: 'no unit nobody\n' });
    expect(hub('device', 'revoke', '00000000-0000-4000-8000-00000000000a')).toMatchObject({ code: 1 });
    expect(hub('region', 'seed', '/nowhere')).toMatchObject({ code: 1 });
  });

  it('administers a hub that runs, through its socket', async () => {
    const child = spawn(process.execPath, [CLI, 'start', '--data', data, '--host', '127.0.0.1', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const port = await new Promise<number>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const match = /listens on port (\d+)/.exec(text);
        if (match) resolve(Number(match[1]));
      });
      child.once('exit', () => reject(new Error('hub ended')));
    });
    expect(statSync(join(data, 'admin.sock')).mode & 0o777).toBe(0o600);
    expect(hub('unit', 'add', 'vu-ccu', '--country', 'VU', '--kind', 'unit', '--name', 'Vanuatu').code).toBe(0);
    expect(hub('unit', 'list').out).toContain('vu-ccu');
    expect(parseEnrolmentCode(hub('code', 'vu-ccu').out.trim())?.port).toBe(port);
    expect(hub('code', 'nobody')).toMatchObject({ code: 1, err: 'no unit nobody\n' });
    expect(hub('status').out).toMatch(/units\s+3/);
    expect(hub('start', '--port', '0')).toMatchObject({ code: 3, err: `another process uses ${data}\n` });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(hub('status').out).toMatch(/units\s+3/);
  });
});
