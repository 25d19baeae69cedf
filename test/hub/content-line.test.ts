import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createContentLane } from '../../src-main/content/lane.ts';
import { createHubClient, type HubClient } from '../../src-main/link/hub-client.ts';
import { describeEngines } from './engines.ts';
import { makeRecord, newRow, wrapsFor } from './rows.ts';
import { startRegion, type Device, type RegionFixture } from './support.ts';

/** A line that breaks after so many bytes of each connection, in either direction. */
interface BreakingLine {
  readonly port: number;
  readonly crossed: { up: number; down: number };
  readonly breaks: () => number;
  readonly close: () => Promise<void>;
}

async function breakingLine(port: number, bytesToBreak: () => number): Promise<BreakingLine> {
  const crossed = { up: 0, down: 0 };
  const open = new Set<Socket>();
  let breaks = 0;
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let left = bytesToBreak();
    const pipe = (from: Socket, to: Socket, way: 'up' | 'down'): void => {
      from.on('data', (chunk: Buffer) => {
        const passed = chunk.subarray(0, Math.max(0, left));
        left -= chunk.length;
        crossed[way] += passed.length;
        if (passed.length > 0 && !to.destroyed) to.write(passed);
        if (left > 0) return;
        if (!near.destroyed) breaks++;
        // what passed before arrives; then nothing more
        setTimeout(() => [near, far].forEach((socket) => socket.destroy()), 20);
      });
    };
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [near, far].forEach((each) => each.destroy()));
    }
    pipe(near, far, 'up');
    pipe(far, near, 'down');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    crossed,
    breaks: () => breaks,
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** What a connection costs besides the content: TLS 1.3 with certificates of both sides, HTTP/2. */
const HANDSHAKE_BYTES = 8 * 1024;
/** What may cross twice for one cut. */
const WASTE_BYTES = 16 * 1024;
const SIZE = 700_000;

describeEngines('content over a line that breaks', (engine) => {
  let region: RegionFixture;
  beforeAll(async () => {
    region = await startRegion(engine);
  });
  afterAll(() => region.close());

  function clientOf(device: Device, port: number): HubClient {
    return createHubClient({ host: '127.0.0.1', port, ca: region.hub.caPem, cert: device.credentials.cert, key: new TextEncoder().encode(device.credentials.key) });
  }

  it('goes on at the byte in both directions, with at most 16 kB sent twice for each break', async () => {
    const { lao, laoNcb, hub } = region;
    const rec = makeRecord(lao, { entity: 'exhibit', audience: ['u:la-cyber', 'u:la-ncb'] });
    await lao.push(newRow(rec));
    const bytes = randomBytes(SIZE);
    const id = randomUUID();
    const breakAfter = () => 12_000 + Math.floor(Math.random() * 90_000);
    const offer = { id, record: rec.id, sizeBytes: SIZE, wraps: wrapsFor(['u:la-cyber']), readers: [laoNcb.id] };

    const up = await breakingLine(hub.port, breakAfter);
    const sender = clientOf(lao, up.port);
    const sending = createContentLane({ media: (run) => run(sender) });
    for (let rounds = 0; ; rounds++) {
      expect(rounds).toBeLessThan(2000);
      const state = await sending.offer(offer);
      if (!state.ok) continue;
      let { received } = state.value;
      while (received < SIZE) {
        const put = await sending.put(id, received, bytes.subarray(received, received + 64 * 1024));
        if (!put.ok) break;
        received = put.value;
      }
      if (received === SIZE) break;
    }
    sender.close();
    const down = await breakingLine(hub.port, breakAfter);
    const reader = clientOf(laoNcb, down.port);
    const reading = createContentLane({ media: (run) => run(reader) });
    const got: Uint8Array[] = [];
    const place = { at: 0 };
    for (let rounds = 0; place.at < SIZE; rounds++) {
      expect(rounds).toBeLessThan(2000);
      await reading.get({ id, owner: 'la-cyber' }, place.at, 64 * 1024, (part) => {
        got.push(Buffer.from(part));
        place.at += part.length;
      });
    }
    reader.close();
    expect(createHash('sha256').update(Buffer.concat(got)).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
    for (const [line, crossed] of [
      [up, up.crossed.up],
      [down, down.crossed.down],
    ] as const) {
      expect(line.breaks()).toBeGreaterThan(5);
      expect((crossed - SIZE * 1.03) / (line.breaks() + 1)).toBeLessThan(WASTE_BYTES + HANDSHAKE_BYTES);
      await line.close();
    }
  }, 120_000);
});
