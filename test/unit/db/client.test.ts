import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { caseMergeRules } from '#shared/domain/case/rules.ts';
import { openConflicts } from '#shared/domain/record/explain.ts';
import type { CaseBody } from '#shared/schema/case.ts';
import type { IntakeItem } from '#shared/intake/intake-file.ts';
import { OWNER_SELF, type RecordOf } from '#shared/schema/record.ts';
import { createDataClient, type DataClient } from '../../../src-renderer/db/client.ts';
import type { SetAsideEntry } from '../../../src-renderer/db/worker/protocol.ts';
import type { SyncState } from '../../../src-renderer/sync/sync-state.ts';
import { createMemoryIndex } from '../../../src-renderer/db/index/memory-index.ts';
import { BULK_ROWS } from '../../../src-renderer/db/repository.ts';
import { createMemoryDisk, type MemoryDisk } from '../../factories/memory-disk.ts';
import { connectRpc, type RpcPort } from '#shared/contract/rpc.ts';
import { serveData } from '../../../src-renderer/db/worker/serve-data.ts';
import { HubStandIn } from '../../factories/hub-stand-in.ts';
import { caseBody } from '../../factories/records.ts';
import { createSeededBytes, createTickingClock, deviceId } from '../../factories/seeded.ts';
import { storeName } from '../../factories/stores.ts';

const asPort = (port: MessagePort) => port as unknown as RpcPort & MessagePort;

describe('data client and worker', () => {
  const channels: MessageChannel[] = [];
  const clients: DataClient[] = [];
  let hub: HubStandIn;
  let disk: MemoryDisk;
  beforeEach(() => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    hub = new HubStandIn();
    disk = createMemoryDisk();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close().catch(() => undefined);
    for (const port of channels.splice(0).flatMap(({ port1, port2 }) => [port1, port2])) port.close();
  });

  function start(): DataClient {
    const channel = new MessageChannel();
    channels.push(channel);
    serveData(asPort(channel.port2 as MessagePort), {
      openDisk: async () => disk,
      openIndex: async () => ({ index: createMemoryIndex(), kind: 'memory' }),
      clock: createTickingClock(),
      random: createSeededBytes(3),
      retryMs: 5,
    });
    const client = createDataClient(asPort(channel.port1 as MessagePort), { push: async (rows) => hub.push(structuredClone(rows)), pull: async (cursor, limit) => hub.pull(cursor, limit) });
    channel.port1.start();
    channel.port2.start();
    clients.push(client);
    return client;
  }
  const profile = storeName();
  const openOptions = (owner = 'la-ccu') => ({ storeKey: new Uint8Array(32).fill(5), profile: `${profile}-${owner}`, deviceId: deviceId(1), owner });
  async function insertCase(client: DataClient, over: Partial<CaseBody> = {}): Promise<RecordOf<CaseBody>> {
    const made = await client.insert({ entity: 'case', body: caseBody(over), status: 'new', tlp: 'AMBER' });
    if (!made.ok) throw new Error(JSON.stringify(made.error));
    return made.value as unknown as RecordOf<CaseBody>;
  }

  it('takes the store key away from the window when it opens', async () => {
    const client = start();
    const options = openOptions();
    expect(await client.open(options)).toEqual({ index: 'memory' });
    expect(options.storeKey.byteLength).toBe(0);
  });

  it('is locked before it is open and after it is closed', async () => {
    const client = start();
    await expect(client.get('case', 'x')).rejects.toMatchObject({ code: 'locked' });
    await client.open(openOptions());
    await insertCase(client);
    await client.close();
  });

  it('writes, reads, edits field by field and removes', async () => {
    const client = start();
    await client.open(openOptions());
    const record = await insertCase(client);
    expect(await client.get('case', record.id)).toEqual(record);
    const saved = await client.update('case', record.id, { body: { summary: 'more' }, status: 'active' });
    expect(saved).toMatchObject({ ok: true, value: { status: 'active', body: { title: record.body.title, summary: 'more' } } });
    expect(await client.update('case', record.id, { body: { title: '' } })).toMatchObject({ ok: false, error: { code: 'record-invalid' } });
    expect(await client.count('case')).toBe(1);
    expect((await client.remove('case', record.id)).ok).toBe(true);
    expect(await client.get('case', record.id)).toBeUndefined();
    expect((await client.remove('case', record.id)).ok).toBe(false);
  });

  it('watches a list, until told not to', async () => {
    const client = start();
    await client.open(openOptions());
    const seen: number[] = [];
    const stop = client.watch({ entity: 'case', limit: 10 }, (rows) => seen.push(rows.length));
    await vi.waitFor(() => expect(seen).toEqual([0]));
    await insertCase(client);
    await vi.waitFor(() => expect(seen.at(-1)).toBe(1));
    stop();
    await insertCase(client);
    expect(seen.at(-1)).toBe(1);
  });

  it('correlates observables right after a write, without the record asking', async () => {
    const client = start();
    await client.open(openOptions());
    const domain = { kind: 'domain' as const, value: 'Scam.example', key: 'scam.example' };
    const [a, b] = [await insertCase(client, { observables: [domain] }), await insertCase(client, { observables: [domain] })];
    let changes = 0;
    const stop = client.onIndexChanged(() => changes++);
    const asked = { observables: [domain, { kind: 'domain', key: 'other.example' }], excludeId: a.id };
    expect(await client.correlate(asked)).toMatchObject({
      correlations: [{ kind: 'domain', key: 'scam.example', total: 1, records: [{ id: b.id, entity: 'case' }] }],
      records: [{ id: b.id, entity: 'case', shared: [{ kind: 'domain', key: 'scam.example' }] }],
      recordsTotal: 1,
      suppressed: [],
    });
    await client.update('case', b.id, { body: { observables: [] } });
    expect((await client.correlate({ observables: [domain], excludeId: a.id })).correlations).toEqual([]);
    await vi.waitFor(() => expect(changes).toBeGreaterThan(0));
    stop();
  });

  it('finds a record while it is there, and says that the index is ready', async () => {
    const client = start();
    await client.open(openOptions());
    const states: string[] = [];
    const stop = client.watchIndexState((state) => states.push(state.kind));
    const a = await insertCase(client, { title: 'ບັນຊີມ້າສັງເຄາະ', summary: 'planted words' });
    await insertCase(client, { title: 'Another' });
    const found = async (text: string) => (await client.search({ text, limit: 10 })).hits.map(({ id }) => id);
    expect(await found('ຊີມ້າ')).toEqual([a.id]);
    expect(await found('planted')).toEqual([a.id]);
    await client.update('case', a.id, { body: { summary: 'others' } });
    expect([await found('planted'), await found('others')]).toEqual([[], [a.id]]);
    expect((await client.remove('case', a.id)).ok).toBe(true);
    expect([await found('ຊີມ້າ'), await found('others')]).toEqual([[], []]);
    expect(states).toEqual(['ready']);
    stop();
  });

  it('imports rows once, stops when told and keeps what is in', async () => {
    const client = start();
    await client.open(openOptions());
    const keys = Array.from({ length: 5 * BULK_ROWS }, (_, n) => `indicator--${n}|1`);
    const ids = keys.map(() => crypto.randomUUID());
    expect(new Set(ids).size).toBe(5 * BULK_ROWS);
    const rows = ids.map((id, n) => ({
      id,
      entity: 'intel' as const,
      status: 'active',
      tlp: 'GREEN' as const,
      body: {
        kind: 'indicator',
        title: `i${n}`,
        description: '',
        labels: [],
        observables: [],
        source: { format: 'stix-2.1', objectId: `indicator--${n}`, modified: '', publisher: '', fileName: 'f.json' },
        relations: [],
        part: 1,
        parts: 1,
      },
    }));
    const stop = new AbortController();
    const cut = await client.importEntities(rows, () => stop.abort(), stop.signal);
    expect(cut).toMatchObject({ aborted: true, existing: 0, invalid: [] });
    expect(await client.count('intel')).toBe(cut.inserted);
    expect(cut.inserted).toBeGreaterThanOrEqual(500);
    expect(await client.importEntities(rows)).toEqual({ inserted: 5 * BULK_ROWS - cut.inserted, existing: cut.inserted, invalid: [], aborted: false });
    expect((await client.getMany('intel', ids.slice(0, 3))).map((record) => record.id).sort()).toEqual(ids.slice(0, 3).sort());
    expect(await client.getMany('case', ids.slice(0, 3))).toEqual([]);
    expect((await client.importEntities([{ ...rows[0], entity: 'case' } as never])).invalid).toMatchObject([{ row: 0 }]);
  });

  it('imports a file once, sees what is newer, also across enrolment', async () => {
    const client = start();
    await client.open(openOptions(OWNER_SELF));
    const item = (n: number, modified: string): IntakeItem => ({
      sourceKey: `indicator--${n}|1`,
      tlp: 'GREEN',
      body: {
        kind: 'indicator',
        title: `i${n} ${modified}`,
        description: '',
        labels: [],
        observables: [],
        source: { format: 'stix-2.1', objectId: `indicator--${n}`, modified, publisher: '', fileName: 'f.json' },
        relations: [],
        part: 1,
        parts: 1,
      },
    });
    const items = Array.from({ length: 20 }, (_, n) => item(n, '2026-01-01T00:00:00Z'));
    const progress: number[] = [];
    expect(await client.importIntake(items, ({ done }) => progress.push(done))).toEqual({ ok: true, value: 20 });
    expect(progress).toEqual([20]);
    await client.setIdentity({ unit: 'fj-ccu' });
    const newer = [item(3, '2026-02-02T00:00:00Z'), item(4, '2026-01-01T00:00:00Z'), item(99, '')];
    expect(await client.compareIntake(newer.map(({ sourceKey, body }) => ({ sourceKey, modified: body.source.modified })))).toEqual(['changed', 'known', 'new']);
    expect(await client.importIntake(newer)).toEqual({ ok: true, value: 2 });
    expect(await client.count('intel')).toBe(21);
  });

  it('syncs through the link, tells its state and what was set aside', async () => {
    const client = start();
    await client.open(openOptions());
    let state: SyncState | undefined;
    let aside: readonly SetAsideEntry[] = [];
    client.watchSyncState((next) => (state = next));
    client.watchSetAside((next) => (aside = next));
    await client.startSync();
    const record = await insertCase(client);
    await vi.waitFor(() => expect(hub.live().size).toBe(1));
    await vi.waitFor(() => expect(state).toMatchObject({ state: 'idle', pending: 0 }));
    await client.update('case', record.id, { body: { title: 'FORBIDDEN' } });
    await vi.waitFor(() => expect(aside).toMatchObject([{ reason: 'not-owner', recordId: record.id }]));
    await vi.waitFor(async () => expect((await client.get('case', record.id))?.body['title']).toBe(record.body.title));
    await client.removeLocal(aside[0]?.id ?? '');
    await vi.waitFor(() => expect(aside).toEqual([]));
    const entry = { id: 'draft:1', kind: 'draft', body: { title: 'half' } };
    await client.putLocal(entry);
    expect(await client.getLocal('draft:1')).toEqual(entry);
    await client.stopSync();
    expect(state?.state).toBe('off');
  });

  it('settles a conflict in one new version that syncs, and shows every version there was', async () => {
    const client = start();
    await client.open(openOptions('settling'));
    const made = await insertCase(client, { title: 'one' });
    await client.startSync();
    await vi.waitFor(() => expect(hub.rows.has(made.id)).toBe(true));
    const other = { by: deviceId(2), at: '1795300009000-0000' };
    const conflict = { field: 'title', base: 'one', kept: 'two', keptBy: other.by, keptAt: other.at, other: 'mine', otherBy: deviceId(1), otherAt: made.updatedAt, otherOffline: 600 };
    const doc = { ...made, rev: 'f'.repeat(24), author: other.by, updatedAt: other.at, conflicts: [conflict], body: { ...made.body, title: 'two' }, _deleted: false };
    hub.push([{ doc, assumedRev: made.rev }]);
    await client.wake();
    await vi.waitFor(async () => expect((await client.get('case', made.id))?.conflicts).toHaveLength(1));
    const record = await client.get('case', made.id);
    const decisions = (record ? openConflicts(record, caseMergeRules, deviceId(1)) : []).flatMap(({ sides }) => sides.find(({ role }) => role === 'mine')?.decisions ?? []);
    expect(await client.settleConflicts(made.id, decisions)).toMatchObject({ ok: true, value: { body: { title: 'mine' }, conflicts: [{ settled: { choice: 'other', by: deviceId(1) } }] } });
    expect(await client.settleConflicts(made.id, decisions)).toMatchObject({ ok: false, error: { code: 'record-invalid' } });
    await vi.waitFor(() => expect(hub.rows.get(made.id)?.doc.body['title']).toBe('mine'));
    const history = await client.history(made.id, 10);
    expect(history.map((version) => version.record.body['title'])).toEqual(['mine', 'two', 'one']);
    expect(history[1]?.grewFrom).toBe(made.rev);
    expect(await client.history(deviceId(9), 10)).toEqual([]);
  });

  it('enrols: adopts what was made before, then sends it', async () => {
    const client = start();
    await client.open(openOptions(OWNER_SELF));
    await insertCase(client);
    await client.startSync();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(hub.rows.size).toBe(0);
    expect(await client.setIdentity({ unit: 'fj-ccu' })).toBe(1);
    await vi.waitFor(() => expect([...hub.live().values()]).toMatchObject([{ owner: 'fj-ccu', audience: ['u:fj-ccu'] }]));
  });

  it('opens the same store again with everything in it, and not with another key', async () => {
    const first = start();
    await first.open(openOptions());
    const record = await insertCase(first);
    await first.close();
    const wrong = start();
    await expect(wrong.open({ ...openOptions(), storeKey: new Uint8Array(32).fill(6) })).rejects.toMatchObject({ code: 'store-damaged' });
    const again = start();
    await again.open(openOptions());
    expect(await again.get('case', record.id)).toEqual(record);
  });
});

describe('rpc', () => {
  it('passes no text of an unexpected failure, and refuses unknown names', async () => {
    const { port1, port2 } = new MessageChannel();
    connectRpc(asPort(port2 as MessagePort), { requests: { boom: () => Promise.reject(new Error('SECRET of the case')) }, streams: {} });
    const peer = connectRpc<{ requests: { boom: (n: null) => Promise<void>; toString: (n: null) => Promise<void> }; streams: Record<string, never> }>(asPort(port1 as MessagePort), {
      requests: {},
      streams: {},
    });
    port1.start();
    port2.start();
    const failure = await peer.request('boom', null).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unexpected' });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('SECRET');
    await expect(peer.request('toString', null)).rejects.toMatchObject({ code: 'bad-request' });
    peer.close();
    port1.close();
    port2.close();
  });
});
