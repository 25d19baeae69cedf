import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { IPC, IPC_CHANNELS, type IpcChannel } from '#shared/contract/ipc.ts';
import { CONTENT_SECURITY_POLICY, resolveBundlePath } from '../../../src-main/security/app-protocol.ts';
import { isTrustedSender, registerIpc, type IpcHandlers } from '../../../src-main/ipc/register.ts';

type Listener = (event: unknown, request: unknown) => Promise<unknown>;
const ipc = vi.hoisted(() => ({ listeners: new Map<string, Listener>() }));
vi.mock('electron', () => ({ ipcMain: { handle: (channel: string, listener: Listener) => ipc.listeners.set(channel, listener) }, protocol: {} }));

const ROOT = path.resolve('/srv/bundle');

describe('resolveBundlePath', () => {
  it.each([
    ['/', 'index.html'],
    ['/assets/a.js', 'assets/a.js'],
    ['/assets/%E0%BA%A5.js', 'assets/ລ.js'],
    ['/a/../index.html', 'index.html'],
    ['//etc/passwd', 'etc/passwd'],
    ['/%252e%252e/x', '%2e%2e/x'],
  ])('%s is %s inside the bundle', (request, file) => {
    expect(resolveBundlePath(ROOT, request)).toBe(path.join(ROOT, file));
  });

  it.each([
    '/..',
    '/../',
    '/../main/index.js',
    '/../../etc/passwd',
    '/a/../../main/index.js',
    '/%2e%2e/main/index.js',
    '/%2e%2e%2fmain',
    '/..%2fmain/index.js',
    '/%2E%2E/%2E%2E/etc/passwd',
    '/.%2e/main',
    '/..\\main',
    '/%5c..%5cmain',
    '/..%5c..%5cmain',
    '/assets/..%2f..%2fmain',
    '/a%00.js',
    '/%00',
    '/index.html%00.png',
    '/%',
    '/%zz',
    '/%c0%ae%c0%ae/main',
    '/%ff',
    '/.',
    '/../bundle-other/x',
    '/../bundle',
  ])('%s leaves the bundle or cannot be read', (request) => {
    expect(resolveBundlePath(ROOT, request)).toBeUndefined();
  });

  it('never leaves the folder, whatever is asked', () => {
    const piece = fc.constantFrom('..', '.', '/', '//', '%2e', '%2f', '%5c', '\\', 'a', '%00', '%', 'bundle', '%252e', '~', 'C:', '\u2024', '%E2%80%A4');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
        const file = resolveBundlePath(ROOT, `/${parts.join('')}`);
        if (file !== undefined) expect(path.relative(ROOT, file)).not.toMatch(/^\.\.([/\\]|$)|^$/);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the policy', () => {
  it('starts from nothing and allows no inline script, no eval, no other origin', () => {
    const directives = new Map(CONTENT_SECURITY_POLICY.split('; ').map((entry) => [entry.split(' ')[0], entry.split(' ').slice(1).join(' ')]));
    expect(directives.get('default-src')).toBe("'none'");
    expect(directives.get('script-src')).toBe("'self' 'wasm-unsafe-eval'");
    expect(directives.get('connect-src')).toBe("'self'");
    for (const name of ['base-uri', 'form-action', 'frame-ancestors', 'object-src']) expect(directives.get(name)).toBe("'none'");
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
    expect(directives.get('require-trusted-types-for')).toBe("'script'");
  });
});

type SenderEvent = Parameters<typeof isTrustedSender>[0];
const own = { id: 1 } as unknown as SenderEvent['sender'];
const sent = (over: object = {}, frame: object | null = {}) => ({ sender: own, senderFrame: frame && { parent: null, url: 'app://bundle/index.html', ...frame }, ...over }) as unknown as SenderEvent;

describe('isTrustedSender', () => {
  it('is the top frame of our own window with our own bundle', () => {
    expect(isTrustedSender(sent(), own)).toBe(true);
  });

  it.each<[string, SenderEvent]>([
    ['another window', sent({ sender: { id: 2 } })],
    ['a frame that is gone', sent({}, null)],
    ['a frame inside the page', sent({}, { parent: {} })],
    ...['https://evil.example/', 'file:///etc/passwd', 'app://bundle', 'app://bundle.evil/', 'app://bundle@evil/', 'app://other/', 'data:text/html,x', 'about:blank', '', 'APP://bundle/'].map(
      (url): [string, SenderEvent] => [`a page at ${url}`, sent({}, { url })],
    ),
  ])('is not %s', (_name, event) => {
    expect(isTrustedSender(event, own)).toBe(false);
  });

  it('is nobody while there is no window', () => {
    expect(isTrustedSender(sent(), undefined)).toBe(false);
  });
});

describe('every channel', () => {
  const calls: [string, unknown][] = [];
  beforeEach(() => {
    calls.length = 0;
    ipc.listeners.clear();
    const handlers = Object.fromEntries(
      IPC_CHANNELS.map((channel) => [
        channel,
        (request: unknown) => {
          calls.push([channel, request]);
          return null;
        },
      ]),
    ) as unknown as IpcHandlers;
    registerIpc(handlers, () => own);
  });
  const call = (channel: IpcChannel, request: unknown, event: SenderEvent = sent()) => ipc.listeners.get(channel)?.(event, request);

  it('is connected, and no other', () => {
    expect([...ipc.listeners.keys()].toSorted()).toEqual([...IPC_CHANNELS].toSorted());
  });

  it.each(IPC_CHANNELS)('%s refuses a stranger before it looks at the request', async (channel) => {
    await expect(call(channel, {}, sent({ sender: {} }))).rejects.toThrow(`${channel}: sender refused`);
    expect(calls).toEqual([]);
  });

  it.each(IPC_CHANNELS)('%s refuses what is no request, and says nothing of it', async (channel) => {
    const secret = 'CANARY-SECRET';
    const odd = [undefined, null, 0, '', secret, [], [secret], true, new Map(), { [secret]: 1 }, { extra: secret }, Object.create({ passphrase: 'x' }), { __proto__: { passphrase: secret }, y: 1 }];
    for (const request of odd.filter(
      (value) =>
        !(Object.keys(IPC[channel].request.properties).length === 0 && value instanceof Map) && !(value && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0),
    )) {
      const failure = await call(channel, request)?.then(
        () => undefined,
        (error: unknown) => String(error),
      );
      expect(failure).toBe(`Error: ${channel}: request refused`);
    }
    expect(calls).toEqual([]);
  });

  it('takes nothing that is random', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...IPC_CHANNELS), fc.anything({ maxDepth: 3 }), async (channel, request) => {
        const before = calls.length;
        await call(channel, request)?.catch(() => undefined);
        if (calls.length > before) expect(Object.keys(Object(request)).toSorted()).toEqual(Object.keys(IPC[channel].request.properties).toSorted());
      }),
      { numRuns: 3000 },
    );
  });

  it.each<[IpcChannel, unknown]>([
    ['profile.create', { passphrase: 'x'.repeat(1025), fullName: 'a' }],
    ['profile.unlock', { passphrase: '' }],
    ['profile.unlock', { passphrase: 'a', extra: 1 }],
    ['app.preferences', { locale: 'lo' }],
    ['app.preferences', { locale: 'lo', readingLocale: '', theme: 'pink', digits: 'latn', autoLockMinutes: 10 }],
    ['app.preferences', { locale: 'lo', readingLocale: '', theme: 'dark', digits: 'latn', autoLockMinutes: 0 }],
    ['app.preferences', { locale: 'lo', readingLocale: '', theme: 'dark', digits: 'latn', autoLockMinutes: 1e9 }],
    ['link.enrol', { code: 'x'.repeat(401) }],
    ['link.admit', { device: '../../x' }],
    ['link.pull', { cursor: '', limit: 0 }],
    ['link.pull', { cursor: '', limit: 1.5 }],
    ['link.pull', { cursor: 'x'.repeat(201), limit: 1 }],
    ['link.push', { rows: [{}] }],
    ['link.push', { rows: Array.from({ length: 501 }, () => ({})) }],
    ['release.sign', { record: 'x', rev: '', audience: ['u:ph'], purpose: '', legalBasis: '', days: 1 }],
    ['release.sign', { record: '00000000-0000-4000-8000-000000000001', rev: '', audience: [], purpose: '', legalBasis: '', days: 1 }],
    ['release.mandate', { bucket: 'x:op', entities: ['case'], tlpCeiling: 'RED', purpose: '', legalBasis: '', days: 1 }],
  ])('%s refuses %j', async (channel, request) => {
    await expect(call(channel, request)).rejects.toThrow('request refused');
  });
});
