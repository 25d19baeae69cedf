/** The app's own link and replication, pushing many records over connections each of which carries a part of them. */
import 'reflect-metadata';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { benchRecord } from '../bench/bench-records.ts';
import { openHubDevice } from '../bench/sync/hub-device.ts';
import type { Hub } from '../../src-hub/server.ts';
import { breakingLine, HANDSHAKE_BYTES, WASTE_BYTES } from './breaking-line.ts';
import { describeEngines } from './engines.ts';
import { REGION, startHub } from './support.ts';

const RECORDS = 600;
const BREAK_BYTES = 30_000;

describeEngines('a push over a line that breaks', (engine) => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await startHub(engine);
    await hub.admin.seedRegion(REGION);
  }, 60_000);
  afterAll(() => hub.close());

  /** Pushes by the first device of a unit over a line; answers the bytes it took up, and how often the line broke. */
  async function pushOver(bytesToBreak: number, unit: string, from: number): Promise<{ readonly up: number; readonly breaks: number }> {
    const line = await breakingLine(hub.port, () => bytesToBreak);
    const device = await openHubDevice(await hub.admin.createCode(unit, 'officer', '127.0.0.1', line.port));
    await device.insert(Array.from({ length: RECORDS }, (_, n) => benchRecord(from + n, { owner: unit, author: device.id })));
    const before = { up: line.crossed.up, breaks: line.breaks() };
    await device.pushAll();
    const run = { up: line.crossed.up - before.up, breaks: line.breaks() - before.breaks };
    await device.close();
    await line.close();
    return run;
  }

  it('brings every record, with at most 16 kB sent twice for each break', async () => {
    const before = Number((await hub.admin.status()).records);
    const broken = await pushOver(BREAK_BYTES, 'la-cyber', 0);
    expect(Number((await hub.admin.status()).records) - before).toBe(RECORDS);
    expect(broken.breaks).toBeGreaterThan(4);
    const whole = await pushOver(Number.POSITIVE_INFINITY, 'ph-acg', RECORDS);
    expect(whole.breaks).toBe(0);
    expect((broken.up - whole.up) / broken.breaks).toBeLessThan(WASTE_BYTES + HANDSHAKE_BYTES);
  }, 120_000);
});
