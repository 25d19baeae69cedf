import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createContentLane } from '../../src-main/content/lane.ts';
import { createHubClient, type HubClient } from '../../src-main/link/hub-client.ts';
import { breakingLine, HANDSHAKE_BYTES, WASTE_BYTES } from './breaking-line.ts';
import { describeEngines } from './engines.ts';
import { makeRecord, newRow, wrapsFor } from './rows.ts';
import { startRegion, type Device, type RegionFixture } from './support.ts';

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
