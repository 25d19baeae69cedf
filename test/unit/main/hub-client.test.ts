import http2 from 'node:http2';
import net from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toCbor } from '#shared/contract/wire.ts';
import { openDeviceCa, type DeviceCa } from '../../../src-hub/identity/ca.ts';
import { checkAnswer, PullAnswerSchema } from '../../../src-main/link/answers.ts';
import { createHubClient, type HubClient } from '../../../src-main/link/hub-client.ts';

let ca: DeviceCa;
let otherCa: DeviceCa;
let server: { key: string; cert: string };
const closers: (() => void)[] = [];

beforeAll(async () => {
  ca = await openDeviceCa(mkdtempSync(path.join(tmpdir(), 'suar-ca-')));
  otherCa = await openDeviceCa(mkdtempSync(path.join(tmpdir(), 'suar-ca-')));
  server = await ca.issueServer(['127.0.0.1']);
});
afterEach(() => closers.splice(0).forEach((close) => close()));

type Answer = (stream: http2.ServerHttp2Stream) => void;

function listen(one: net.Server): Promise<number> {
  return new Promise((resolve) => {
    one.listen(0, '127.0.0.1', () => resolve((one.address() as net.AddressInfo).port));
    closers.push(() => one.close());
  });
}

/** A hub that answers every request the same way. */
async function hubThat(answer: Answer, options: http2.SecureServerOptions = {}): Promise<HubClient> {
  const one = http2.createSecureServer({ ...server, minVersion: 'TLSv1.3', ...options });
  one.on('stream', (stream) => {
    stream.on('error', () => undefined);
    answer(stream);
  });
  one.on('sessionError', () => undefined);
  return clientOf(await listen(one), ca.certPem);
}

function clientOf(port: number, pinned: string | undefined, host = '127.0.0.1'): HubClient {
  const client = createHubClient({ host, port, ca: pinned });
  closers.unshift(() => client.close());
  return client;
}
const answering =
  (status: number, body: Uint8Array | string): Answer =>
  (stream) => {
    stream.respond({ ':status': status });
    stream.end(body);
  };
const codeOf = async (client: HubClient) => {
  const answer = await client.request('GET', '/v1/pull');
  return answer.ok ? answer.value : answer.error.code;
};

describe('what a hub may answer', () => {
  it('passes on a right answer and counts its bytes', async () => {
    const client = await hubThat((stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => answering(200, toCbor({ got: Buffer.concat(chunks).length }))(stream));
    });
    expect(await client.request('POST', '/v1/push', { rows: [] })).toEqual({ ok: true, value: { got: 7 } });
    expect(client.bytes()).toEqual({ sent: 7, received: toCbor({ got: 7 }).length });
  });

  it.each<[string, number, Uint8Array | string, string]>([
    ['garbage', 200, Uint8Array.of(0xff, 0xfe), 'hub-garbage'],
    ['a value where an object should be', 403, toCbor('text'), 'hub-garbage'],
    ['nothing', 200, '', 'hub-garbage'],
    ['a page of a captive portal', 200, '<html>', 'hub-garbage'],
    ['bytes behind the value', 200, Buffer.concat([toCbor({}), Buffer.of(0)]), 'hub-garbage'],
    ['an indefinite list', 200, Uint8Array.of(0x9f, 0x01, 0xff), 'hub-garbage'],
    ['a repeated key', 200, Buffer.from('a2616101616102', 'hex'), 'hub-garbage'],
    ['a million nested lists', 200, Buffer.alloc(1_000_000, 0x81), 'hub-garbage'],
    ['too many requests', 429, toCbor({ error: 'slow down' }), 'hub-busy'],
    ['too many requests, without a body', 429, '', 'hub-busy'],
    ['unavailable', 503, 'down', 'hub-busy'],
    ['another epoch', 409, toCbor({ error: 'epoch' }), 'hub-outdated'],
    ['a refusal by name', 403, toCbor({ error: 'device-unadmitted' }), 'device-unadmitted'],
    ['a name we do not know', 403, toCbor({ error: '<b>call this number</b>' }), 'hub-garbage'],
    ['an error of the server', 500, toCbor({}), 'hub-garbage'],
    ['a redirection', 302, toCbor({}), 'hub-garbage'],
    ['an error with the shape of a list', 400, toCbor([1]), 'hub-garbage'],
    ['an error that is null', 400, toCbor(null), 'hub-garbage'],
    ['a name that objects inherit', 400, toCbor({ error: 'constructor' }), 'hub-garbage'],
  ])('%s: %i', async (_name, status, body, code) => {
    expect(await codeOf(await hubThat(answering(status, body)))).toBe(code);
  });

  it('ends an answer of more than 64 MiB', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    const client = await hubThat((stream) => {
      stream.respond({ ':status': 200 });
      const push = () => {
        while (!stream.destroyed && stream.write(chunk));
      };
      stream.on('drain', push);
      push();
    });
    expect(await codeOf(client)).toBe('hub-garbage');
    expect(client.bytes().received).toBeLessThan(70 * 1024 * 1024);
  }, 30_000);

  it('takes an answer cut in the middle for no answer', async () => {
    const client = await hubThat((stream) => {
      stream.respond({ ':status': 200 });
      stream.write(toCbor({ rows: [] }).subarray(0, 3));
      setTimeout(() => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), 20);
    });
    expect(['hub-unreachable', 'hub-garbage']).toContain(await codeOf(client));
  });

  it('goes on with a new connection after the old one broke', async () => {
    let calls = 0;
    const client = await hubThat((stream) => (calls++ === 0 ? stream.session?.destroy() : answering(200, toCbor({ fine: true }))(stream)));
    expect(await codeOf(client)).toBe('hub-unreachable');
    expect(await codeOf(client)).toEqual({ fine: true });
  });

  it.each<[string, unknown]>([
    ['a list', []],
    ['no cursor', { rows: [], done: true }],
    ['rows of another kind', { rows: [{ id: 'x' }], cursor: '', done: true }],
    ['a body that is no bytes', { rows: [{ id: '00000000-0000-4000-8000-000000000001', body: 5 }], cursor: '', done: true }],
  ])('a pull answer that is %s is garbage', (_name, value) => {
    expect(checkAnswer(PullAnswerSchema, { ok: true, value })).toEqual({ ok: false, error: { code: 'hub-garbage' } });
  });

  it('a row is garbage where any of its bytes is something else', () => {
    const row = {
      id: '00000000-0000-4000-8000-000000000001',
      entity: 'case',
      owner: 'la',
      audience: ['u:la'],
      tlp: 'RED',
      rev: 'a'.repeat(24),
      deleted: false,
      author: '00000000-0000-4000-8000-000000000002',
      ref: '',
      body: new Uint8Array(40),
      wraps: [{ b: 'u:la', e: 1, k: new Uint8Array(60) }],
      sig: new Uint8Array(64),
    };
    const check = (rows: unknown) => checkAnswer(PullAnswerSchema, { ok: true, value: { rows, cursor: '', done: true } }).ok;
    expect(check([row])).toBe(true);
    for (const over of [
      { body: 'text' },
      { body: null },
      { body: new Uint8Array(2 * 1024 * 1024 + 1) },
      { sig: 1 },
      { wraps: [{ b: 'u:la', e: 1, k: 'x' }] },
      { wraps: [{ b: 'u:la', e: 0, k: new Uint8Array(48), eph: new Uint8Array(31) }] },
      { extra: 1 },
    ])
      expect(check([{ ...row, ...over }]), Object.keys(over)[0]).toBe(false);
  });
});

describe('whom a device trusts', () => {
  it('refuses a hub of another authority', async () => {
    const one = http2.createSecureServer({ ...server });
    expect(await codeOf(clientOf(await listen(one), otherCa.certPem))).toBe('hub-untrusted');
  });

  it('refuses a certificate for another name', async () => {
    const one = http2.createSecureServer({ ...server });
    const port = await listen(one);
    const lookedUp = createHubClient({ host: 'ip6-localhost', port, ca: ca.certPem });
    closers.unshift(() => lookedUp.close());
    expect(['hub-untrusted', 'hub-unreachable']).toContain(await codeOf(lookedUp));
  });

  it('refuses TLS 1.2', async () => {
    const client = await hubThat(answering(200, toCbor({})), { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    expect(await codeOf(client)).toMatch(/^hub-un/);
  });

  it.each(['HTTP/1.1 200 OK\r\n\r\nhello', '\0\0\0', ''])('survives a port that speaks something else: %j', async (greeting) => {
    const one = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(greeting);
    });
    expect(await codeOf(clientOf(await listen(one), ca.certPem))).toMatch(/^hub-un/);
  });

  it('says that nobody answers at a closed port, and after it was closed itself', async () => {
    const one = net.createServer();
    const port = await listen(one);
    await new Promise((resolve) => one.close(resolve));
    const client = clientOf(port, ca.certPem);
    expect(await codeOf(client)).toBe('hub-unreachable');
    client.close();
    expect(await codeOf(client)).toBe('hub-unreachable');
  });
});

describe('an answer read piece by piece', () => {
  const readAll = async (client: HubClient) => {
    const stream = client.open('/v1/frames');
    let text = '';
    for (;;) {
      const chunk = await stream.read();
      if (!chunk.ok) return [text, chunk.error.code];
      if (!chunk.value) return [text, 'end'];
      text += Buffer.from(chunk.value).toString('latin1');
    }
  };

  it.each<[string, Answer, readonly string[]]>([
    ['a whole one', answering(200, 'abc'), ['abc', 'end']],
    ['one without a byte', answering(200, ''), ['', 'end']],
    ['a refusal', answering(403, toCbor({ error: 'device-revoked' })), ['', 'device-revoked']],
    ['another epoch', answering(409, toCbor({ error: 'epoch' })), ['', 'hub-outdated']],
    ['a page of a captive portal', answering(302, '<html>'), ['', 'hub-garbage']],
    ['unavailable', answering(503, 'down'), ['', 'hub-busy']],
    ['a connection that breaks at once', (stream) => stream.session?.destroy(), ['', 'hub-unreachable']],
    [
      'a connection that breaks in the middle',
      (stream) => {
        stream.respond({ ':status': 200 });
        stream.write('ab');
        setTimeout(() => stream.session?.destroy(), 50);
      },
      ['ab', 'hub-unreachable'],
    ],
  ])('%s', async (_name, answer, expected) => {
    expect(await readAll(await hubThat(answer))).toEqual(expected);
  });

  it('is sent no further than the window while nobody reads, and beside it a small answer comes', async () => {
    let sent = 0;
    const client = await hubThat((stream) => {
      stream.respond({ ':status': 200 });
      if (stream.id !== 1) return stream.end(toCbor({ small: true }));
      const push = () => {
        do sent += 4096;
        while (!stream.destroyed && stream.write(Buffer.alloc(4096)));
      };
      stream.on('drain', push);
      push();
    });
    const stream = client.open('/v1/frames');
    await stream.read();
    expect(await client.request('GET', '/v1/directory')).toEqual({ ok: true, value: { small: true } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    // what was read, one window, and what both ends hold in memory before they stop
    expect(sent).toBeLessThan(256 * 1024);
    stream.close();
  });
});

describe('the event stream', () => {
  it('tells of every wake, of its end once, and of nothing after it was stopped', async () => {
    const heard: string[] = [];
    const client = await hubThat((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
      stream.write('event: wake\n\n');
      setTimeout(() => stream.write(': comment\n\n'), 30);
      setTimeout(() => stream.end(), 60);
    });
    await new Promise<void>((resolve) =>
      client.events(
        '/v1/stream',
        () => heard.push('wake'),
        () => {
          heard.push('end');
          resolve();
        },
      ),
    );
    expect(heard).toEqual(['wake', 'end']);
    const stop = client.events(
      '/v1/stream',
      () => heard.push('late'),
      () => heard.push('late end'),
    );
    stop();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toEqual(['wake', 'end']);
  });
});
