import { StoreFullError } from '../../src-renderer/db/store-full-error.ts';
import { createMemoryDisk } from '../factories/memory-disk.ts';
import type { RxStorage } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { afterEach, describe, expect, it } from 'vitest';
import { HubStandIn } from '../factories/hub-stand-in.ts';
import { caseBody } from '../factories/records.ts';
import { openDevice, quiesce, type SimulatedDevice } from '../factories/simulated-device.ts';
import { deriveStoreKeys } from '../../src-renderer/db/keys.ts';
import { TOKEN_FIELDS } from '../../src-renderer/db/record-schema.ts';
import { createSealingStorage } from '../../src-renderer/db/sealing-storage.ts';

const open: SimulatedDevice[] = [];
afterEach(async () => {
  for (const device of open.splice(0)) await device.close();
});

/** A storage whose writes of pulled records fail where `failing` says so. */
function failingStorage(failing: () => boolean): RxStorage<unknown, unknown> {
  const memory = getRxStorageMemory();
  return {
    ...memory,
    name: memory.name,
    createStorageInstance: async (params: Parameters<typeof memory.createStorageInstance>[0]) => {
      const instance = await memory.createStorageInstance(params);
      const write = instance.bulkWrite.bind(instance);
      instance.bulkWrite = (rows, context) => {
        if (params.collectionName === 'record' && context.startsWith('replication-downstream') && failing()) return Promise.reject(new StoreFullError());
        return write(rows, context);
      };
      return instance;
    },
  } as unknown as RxStorage<unknown, unknown>;
}

async function fill(device: SimulatedDevice, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => ({ body: caseBody({ title: `t${n}` }), status: 'new', tlp: 'GREEN' as const }));
  expect((await device.cases.bulkInsert(rows)).inserted).toBe(count);
}

describe('a store that refuses a write while pulling', () => {
  it('says so, starts again and misses nothing', async () => {
    const hub = new HubStandIn();
    const a = await openDevice(hub, 0, 1);
    open.push(a);
    await fill(a, 1700);
    expect(await quiesce(hub, [a], 20_000)).toBe(true);
    let writes = 0;
    const b = await openDevice(hub, 1, 1, { storage: failingStorage(() => [2, 3].includes(++writes)) });
    open.push(b);
    const states: string[] = [];
    b.sync.state$.subscribe((state) => states.push(`${state.state}${state.error ? `:${state.error}` : ''}`));
    expect(await quiesce(hub, [a, b], 20_000)).toBe(true);
    expect((await b.records()).length).toBe(1700);
    expect(writes).toBeGreaterThan(3);
    expect(states).toContain('failed:store-full');
  });
});

describe('sealed stores', () => {
  it('sync with each other as plain ones do', async () => {
    const hub = new HubStandIn();
    const storage = async () =>
      createSealingStorage({
        keys: await deriveStoreKeys(crypto.getRandomValues(new Uint8Array(32))),
        tokenFields: TOKEN_FIELDS,
        disk: createMemoryDisk(),
      }) as unknown as RxStorage<unknown, unknown>;
    const [a, b] = [await openDevice(hub, 0, 1, { storage: await storage() }), await openDevice(hub, 1, 1, { storage: await storage() })];
    open.push(a, b);
    await fill(a, 120);
    expect(await quiesce(hub, [a, b], 20_000)).toBe(true);
    a.line.online = b.line.online = false;
    const [record] = await a.records();
    await a.cases.update(record?.id ?? '', (c) => ({ body: { ...c.body, summary: 'from a' } }));
    await b.cases.update(record?.id ?? '', (c) => ({ body: { ...c.body, title: 'from b' } }));
    a.line.online = b.line.online = true;
    expect(await quiesce(hub, [a, b], 20_000)).toBe(true);
    expect(await a.records()).toEqual(await b.records());
    expect((await a.cases.get(record?.id ?? ''))?.body).toMatchObject({ summary: 'from a', title: 'from b' });
  });
});
