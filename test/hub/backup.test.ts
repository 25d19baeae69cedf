import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Hub } from '../../src-hub/server.ts';
import { createHub } from '../../src-hub/server.ts';
import { restoreBackup } from '../../src-hub/backup/restore.ts';
import { openStorage, type StorageOptions } from '../../src-hub/db/open.ts';
import { openRevocationList } from '../../src-hub/identity/revocation-list.ts';
import { benchRecord } from '../bench/bench-records.ts';
import { openHubDevice, type HubDevice } from '../bench/sync/hub-device.ts';
import { describeEngines, tempDir } from './engines.ts';
import { claimRow, editRow, isRecord, makeRecord, makeReleaseClaim, newRow } from './rows.ts';
import { enrolDevice, REGION } from './support.ts';

const QUIET = { host: '127.0.0.1', logLevel: 'silent', enrolPerMinute: 1000 } as const;

describeEngines('backup', (engine) => {
  const caDir = tempDir();
  const start = (storage: StorageOptions, port = 0): Promise<Hub> => createHub({ ...storage, caDir, port, ...QUIET });

  it('comes back whole in a new epoch, marked as past, with later revocations made again', async () => {
    const hub = await start(await engine.storage());
    await hub.admin.seedRegion(REGION);
    await hub.admin.setAddresses(['hub.test:1']);
    const lao = await enrolDevice(hub, 'la-cyber');
    const laoNcb = await enrolDevice(hub, 'la-ncb', 'ncb');
    const filipino = await enrolDevice(hub, 'ph-acg');
    const brief = makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    await lao.push(newRow(brief));
    await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, ['u:la-cyber', 'u:la-ncb', 'u:ph-acg'])));
    const { cursor } = await filipino.pull();
    const file = path.join(tempDir(), 'hub.backup');
    const counts = await hub.admin.backup(file);
    expect(counts).toMatchObject({ unit: 8, device: 3, records: 2, release: 1 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = [...(await filipino.pullAll()).values()];
    const epoch = (await lao.directory()).epoch;
    await hub.admin.revokeDevice(filipino.id);
    await hub.close();

    const storage = await engine.storage();
    const report = await restoreBackup(() => openStorage(storage), file, openRevocationList(caDir));
    expect(report).toMatchObject({ revokedAgain: [filipino.id], hasRevocationList: true });
    const again = await start(storage, hub.port);
    const call = async (device: typeof lao, method: string, route: string, body?: unknown) => {
      const { callOn, connectTo } = await import('./support.ts');
      const session = connectTo(again, device.credentials);
      const reply = await callOn(session, method, route, body);
      session.close();
      return reply;
    };
    expect((await call(filipino, 'GET', '/v1/directory')).body).toEqual({ error: 'device-revoked' });
    const directory = (await call(lao, 'GET', '/v1/directory')).body as { epoch: string; addresses: string[] };
    expect([directory.epoch === epoch, directory.addresses]).toEqual([false, ['hub.test:1']]);
    expect((await call(lao, 'GET', `/v1/pull?cursor=${cursor}`)).body).toEqual({ error: 'epoch' });
    const page = (await call(laoNcb, 'GET', '/v1/pull?cursor=')).body as { rows: { id: string; past?: boolean; rev: string }[] };
    expect(page.rows.find((row) => row.id === brief.id)).toMatchObject({ past: true, rev: brief.rev });
    const old = before.find((row) => row.id === brief.id);
    expect(isRecord(old) && old.audience.includes('u:ph-acg')).toBe(true);
    // an edit upon the old epoch is refused whole, one upon the new epoch is taken and no past any more
    const edit = editRow(lao, brief, { audience: ['u:la-cyber', 'u:la-ncb'] });
    expect(await call(lao, 'POST', '/v1/push', { rows: [edit], epoch })).toEqual({ status: 409, body: { error: 'epoch' } });
    expect((await call(lao, 'POST', '/v1/push', { rows: [edit], epoch: directory.epoch })).body).toEqual({ conflicts: [], rejected: [] });
    const next = (await call(lao, 'GET', '/v1/pull?cursor=')).body as { rows: { id: string; past?: boolean }[] };
    expect(next.rows.find((row) => row.id === brief.id)?.past).toBeUndefined();
    for (const device of [lao, laoNcb, filipino]) device.close();
    await again.close();
  });

  it('is refused where it is cut, altered or the database holds something, and changes nothing then', async () => {
    const hub = await start(await engine.storage());
    await hub.admin.seedRegion(REGION);
    const file = path.join(tempDir(), 'hub.backup');
    await hub.admin.backup(file);
    await hub.close();
    const text = gunzipSync(readFileSync(file)).toString();
    const damaged: readonly (readonly [string, string])[] = [
      ['cut', text.slice(0, text.length / 2)],
      ['altered', text.replace('NCB Vientiane', 'NCB Elsewhere')],
      ['no backup', 'hello\n'],
    ];
    const storage = await engine.storage();
    const restore = (from: string) => restoreBackup(() => openStorage(storage), from, openRevocationList(tempDir()));
    for (const [what, content] of damaged) {
      writeFileSync(`${file}.bad`, gzipSync(content));
      await expect(restore(`${file}.bad`), what).rejects.toThrow(/cut short|no backup/);
    }
    expect(await restore(file)).toMatchObject({ hasRevocationList: false, revokedAgain: [] });
    await expect(restore(file)).rejects.toThrow('not empty');
  });

  it('is what real devices recover from: every acknowledged record and edit is at the hub again', async () => {
    const hub = await start(await engine.storage());
    const devices: HubDevice[] = [];
    try {
      await hub.admin.addUnit({ id: 'la-demo', country: 'LA', kind: 'unit', name: 'x' });
      devices.push(await openHubDevice(await hub.admin.createCode('la-demo', 'officer')));
      devices.push(await openHubDevice(await hub.admin.createCode('la-demo', 'officer'), devices[0]));
      const [one, two] = devices;
      if (!one || !two) throw new Error('no devices');
      const cases = (from: number) => Array.from({ length: 20 }, (_, n) => benchRecord(from + n, { owner: 'la-demo', author: one.id }));
      await one.insert(cases(0));
      await one.syncUntil(20);
      await two.syncUntil(20);
      const file = path.join(tempDir(), 'hub.backup');
      await hub.admin.backup(file);
      await one.insert(cases(100));
      await one.syncUntil(40);
      two.wake();
      await two.syncUntil(40);
      expect(await hub.admin.status()).toMatchObject({ records: 40 });
      await hub.close();

      const storage = await engine.storage();
      await restoreBackup(() => openStorage(storage), file, openRevocationList(caDir));
      const again = await start(storage, hub.port);
      expect(await again.admin.status()).toMatchObject({ records: 20 });
      for (const end = Date.now() + 40_000; Date.now() < end && (await again.admin.status())['records'] !== 40; await new Promise((resolve) => setTimeout(resolve, 200))) {
        for (const device of devices) {
          if (device.link.status().state !== 'online') device.link.retry();
          device.wake();
        }
      }
      expect(await again.admin.status()).toMatchObject({ records: 40 });
      await again.close();
    } finally {
      for (const device of devices) await device.close();
    }
  });
});
