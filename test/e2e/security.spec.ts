/** What the window may not do, shown from inside the window of the built application. */
import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { firstStart, type Officer } from './officer.ts';

test.describe.configure({ mode: 'default' });

let officer: Officer;
let listener: Server;
let origin = '';
const reached: string[] = [];

test.beforeAll(async () => {
  listener = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.setHeader('access-control-allow-origin', '*').end('reached');
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  origin = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  officer = await firstStart('lo', 'ລາວ', 'ເຈົ້າໜ້າທີ່ ສົມມຸດ (invented)');
});

test.afterAll(async () => {
  await officer?.app.close();
  listener?.close();
});

test('the window runs in the sandbox, apart from Node and from the preload script', async () => {
  const preferences = await officer.app.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window) => ({ ...(window.webContents as unknown as { getLastWebPreferences: () => object }).getLastWebPreferences() })),
  );
  expect(preferences).toHaveLength(1);
  expect(preferences[0]).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false });
  for (const name of ['nodeIntegrationInWorker', 'nodeIntegrationInSubFrames', 'navigateOnDragDrop', 'allowRunningInsecureContent', 'experimentalFeatures', 'plugins'])
    expect(preferences[0]).not.toMatchObject({ [name]: true });
  const seen = await officer.page().evaluate(() => ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer', '__dirname', 'setImmediate'].filter((name) => name in globalThis));
  expect(seen).toEqual([]);
});

test('the bridge is two frozen functions and nothing else', async () => {
  const bridge = await officer.page().evaluate(() => {
    const keys = Object.keys(window.suar);
    try {
      (window as unknown as { suar: unknown }).suar = { invoke: () => 'replaced' };
    } catch {
      // Not writable: what is wanted.
    }
    try {
      (window.suar as unknown as { invoke: unknown }).invoke = () => 'replaced';
    } catch {
      // Frozen: what is wanted.
    }
    return { keys, after: String(window.suar.invoke).includes('replaced') };
  });
  expect(bridge).toEqual({ keys: ['invoke', 'on'], after: false });
});

test('every file comes with the policy', async () => {
  const headers = await officer.page().evaluate(async () => {
    const answer = await fetch('app://bundle/');
    return Object.fromEntries(answer.headers.entries());
  });
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).not.toContain('unsafe-inline');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' });
});

test('nothing leaves: no request, socket, beacon, picture, style or worker from elsewhere', async () => {
  const outcome = await officer.page().evaluate(async (at) => {
    const refused = (run: () => Promise<unknown>) =>
      run().then(
        () => 'reached',
        () => 'refused',
      );
    const element = (tag: string, url: string, attribute = 'src') =>
      refused(
        () =>
          new Promise((resolve, reject) => {
            const made = document.createElement(tag);
            made.addEventListener('load', resolve);
            made.addEventListener('error', reject);
            setTimeout(reject, 1500);
            made.setAttribute(attribute, url);
            if (tag === 'link') made.setAttribute('rel', 'stylesheet');
            document.body.append(made);
          }),
      );
    return {
      fetch: await refused(() => fetch(`http://${at}/fetch`, { mode: 'no-cors' })),
      https: await refused(() => fetch('https://suar.invalid/', { mode: 'no-cors' })),
      socket: await refused(
        () =>
          new Promise((resolve, reject) => {
            const socket = new WebSocket(`ws://${at}/socket`);
            socket.addEventListener('open', resolve);
            socket.addEventListener('error', reject);
          }),
      ),
      events: await refused(
        () =>
          new Promise((resolve, reject) => {
            const source = new EventSource(`http://${at}/events`);
            source.addEventListener('open', resolve);
            source.addEventListener('error', reject);
          }),
      ),
      beacon: navigator.sendBeacon(`http://${at}/beacon`) ? 'queued' : 'refused',
      picture: await element('img', `http://${at}/picture.png`),
      sheet: await element('link', `http://${at}/style.css`, 'href'),
      video: await element('video', `http://${at}/video.mp4`),
      object: await element('object', `http://${at}/object`, 'data'),
      worker: await refused(
        () =>
          new Promise((resolve, reject) => {
            try {
              const worker = new Worker(`http://${at}/worker.js` as unknown as URL);
              worker.addEventListener('error', reject);
              worker.addEventListener('message', resolve);
              setTimeout(reject, 1500);
            } catch (error) {
              reject(error instanceof Error ? error : new Error('refused'));
            }
          }),
      ),
      file: await refused(() => fetch('file:///etc/passwd')),
    };
  }, origin);
  expect(Object.entries(outcome).filter(([, result]) => result === 'reached')).toEqual([]);
  await officer.page().waitForTimeout(300);
  expect(reached).toEqual([]);
});

test('no script runs that is not in the bundle', async () => {
  const ran = await officer.page().evaluate(async () => {
    const mark = window as unknown as { ran: string[] };
    mark.ran = [];
    const attempt = (run: () => void) => {
      try {
        run();
      } catch {
        // Refused by Trusted Types or by the policy.
      }
    };
    const script = (fill: (made: HTMLScriptElement) => void) =>
      attempt(() => {
        const made = document.createElement('script');
        fill(made);
        document.body.append(made);
      });
    script((made) => (made.textContent = 'window.ran.push("inline")'));
    script((made) => made.setAttribute('src', 'data:text/javascript,window.ran.push("data")'));
    script((made) => made.setAttribute('src', URL.createObjectURL(new Blob(['window.ran.push("blob")'], { type: 'text/javascript' }))));
    attempt(() => document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.ran.push(\'handler\')"><svg onload="window.ran.push(\'svg\')"></svg>'));
    attempt(() => (document.createElement('div').innerHTML = '<b>markup</b>'));
    attempt(() => document.body.setAttribute('onclick', 'window.ran.push("attribute")'));
    document.body.click();
    await new Promise((resolve) => setTimeout(resolve, 500));
    return mark.ran;
  });
  expect(ran).toEqual([]);
  // Automation evaluates outside the policy, so eval is tried by a script of the page's own world: a timer with text, and markup.
  const evals = await officer
    .page()
    .evaluate(async () => {
      const mark = window as unknown as { ran: string[] };
      (setTimeout as (code: string, ms: number) => unknown)('window.ran.push("timer")', 0);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return mark.ran;
    })
    .catch(() => []);
  expect(evals).toEqual([]);
});

test('the window stays where it is: no new window, no other page, no frame', async () => {
  const page = officer.page();
  const frames = await page.evaluate((at) => {
    const opened = ['https://suar.invalid/', 'javascript:alert(1)', 'file:///etc/passwd', 'smb://host/share', 'about:blank', 'app://bundle/'].filter((url) => window.open(url) !== null);
    for (const src of [`http://${at}/frame`, 'app://bundle/', 'about:blank', 'data:text/html,x']) {
      const frame = document.createElement('iframe');
      frame.setAttribute('src', src);
      document.body.append(frame);
    }
    return opened;
  }, origin);
  expect(frames).toEqual([]);
  await page.waitForTimeout(500);
  for (const frame of page.frames().slice(1)) expect(await frame.evaluate(() => 'suar' in window).catch(() => false)).toBe(false);
  for (const url of [`http://${origin}/page`, 'file:///etc/passwd', 'data:text/html,x', 'app://other/', 'app://bundle/assets/']) {
    await page
      .evaluate((to) => {
        location.href = to;
      }, url)
      .catch(() => undefined);
    await page.waitForTimeout(150);
    expect(page.url()).toMatch(/^app:\/\/bundle\//);
  }
  expect(officer.app.app.windows()).toHaveLength(1);
  expect(reached).toEqual([]);
  // Read directly: automation still waits for the navigations that were refused.
  expect(await page.evaluate(() => document.querySelector('[data-section=cases]') !== null)).toBe(true);
});

test('the bundle folder is not left', async () => {
  const answers = await officer.page().evaluate(async () => {
    const paths = [
      '/../main/index.js',
      '/%2e%2e/main/index.js',
      '/..%2fmain/index.js',
      '/%5c..%5cmain/index.js',
      '/assets/..%2f..%2fmain%2findex.js',
      '/index.html%00',
      '//etc/passwd',
      '/etc/passwd',
      '/%252e%252e/main/index.js',
    ];
    return Promise.all(
      paths.map(
        async (path) =>
          `${path} ${await fetch(`app://bundle${path}`).then(
            ({ status }) => status,
            () => 404,
          )}`,
      ),
    );
  });
  for (const answer of answers) expect(answer).toMatch(/ 404$/);
});

test('every permission is denied', async () => {
  const answers = await officer.page().evaluate(async () => {
    const outcome = async (run: () => Promise<unknown> | undefined) => {
      try {
        return String(await run());
      } catch {
        return 'denied';
      }
    };
    return {
      notification: await outcome(() => Notification.requestPermission()),
      camera: await outcome(() => navigator.mediaDevices?.getUserMedia({ video: true, audio: true }) ?? Promise.reject(new Error('absent'))),
      screen: await outcome(() => navigator.mediaDevices?.getDisplayMedia() ?? Promise.reject(new Error('absent'))),
      place: await outcome(() => new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: 2000 }))),
      clipboard: await outcome(() => navigator.clipboard.readText()),
      midi: await outcome(() => (navigator as unknown as { requestMIDIAccess?: () => Promise<unknown> }).requestMIDIAccess?.() ?? Promise.reject(new Error('absent'))),
    };
  });
  for (const [name, answer] of Object.entries(answers)) expect(answer, name).toBe('denied');
});

test('a peer connection sends no packet', async () => {
  const socket = createSocket('udp4');
  let packets = 0;
  socket.on('message', () => packets++);
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  await officer.page().evaluate(async (port) => {
    const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:127.0.0.1:${port}` }] });
    peer.createDataChannel('out');
    await peer.setLocalDescription(await peer.createOffer());
    await new Promise((resolve) => setTimeout(resolve, 2500));
    peer.close();
  }, socket.address().port);
  socket.close();
  expect(packets).toBe(0);
});
