import { randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openSlowLine, type LineKind, type SlowLine } from '../../bench/sync/slow-line.ts';

const open: { close: () => unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** A server that answers one byte with `content` and closes. */
async function lineTo(content: Buffer, kind: LineKind): Promise<SlowLine> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(content));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line = await openSlowLine((server.address() as AddressInfo).port, kind);
  open.push({ close: () => server.close() }, line);
  return line;
}

function fetch(line: SlowLine): Promise<{ readonly content: Buffer; readonly ms: number }> {
  return new Promise((resolve) => {
    const start = performance.now();
    const chunks: Buffer[] = [];
    const socket = connect(line.port, '127.0.0.1', () => socket.write('x'));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ content: Buffer.concat(chunks), ms: performance.now() - start }));
  });
}

describe('a simulated line', () => {
  const content = randomBytes(60_000);
  const fast: LineKind = { bytesPerSecond: 200_000, roundTripMs: 20, loss: 0 };

  it('brings every byte in order, with and without loss', async () => {
    for (const loss of [0, 0.2]) {
      const line = await lineTo(content, { ...fast, loss });
      expect((await fetch(line)).content.equals(content)).toBe(true);
      expect(line.bytes()).toEqual({ up: 1, down: content.length });
    }
  });

  it('takes no less time than rate and round trips ask for, and more where segments are lost', async () => {
    const clean = await fetch(await lineTo(content, fast));
    const lossy = await fetch(await lineTo(content, { ...fast, loss: 0.2 }));
    // 62 kB with headers at 200 kB/s, one round trip to connect and one to ask
    expect(clean.ms).toBeGreaterThan(62_000 / 200 + 2 * 20 - 5);
    expect(lossy.ms).toBeGreaterThan(clean.ms);
  });

  it('breaks after the bytes it was told, then holds', async () => {
    const line = await lineTo(content, { ...fast, cuts: [20_000] });
    const first = await fetch(line);
    expect(first.content.length).toBeGreaterThanOrEqual(20_000);
    expect(first.content.length).toBeLessThan(content.length);
    expect((await fetch(line)).content.length).toBe(content.length);
    expect(line.connections()).toBe(2);
  });
});
