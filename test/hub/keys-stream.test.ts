import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, type StorageOptions } from '../../src-hub/db/open.ts';
import { createHub, type Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { claimRow, makeRecord, makeReleaseClaim, newRow, sealText } from './rows.ts';
import { enrolDevice, REGION, startHub, type Device } from './support.ts';

const CANARIES = ['KANAREK-Vientiane-kapal', 'ຄະດີລັບ-CANARY', '+85620555012345-canary'];

/** Opens the wake stream and counts its wakes. */
async function openStream(device: Device): Promise<{ readonly wakes: () => number; readonly ended: () => boolean; readonly waitFor: (count: number) => Promise<void>; readonly close: () => void }> {
  const stream = device.session.request({ ':path': '/v1/stream' });
  let text = '';
  let ended = false;
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
  });
  stream.on('end', () => {
    ended = true;
  });
  stream.on('error', () => {
    ended = true;
  });
  const wakes = (): number => text.split('event: wake').length - 1;
  while (!text.includes(': open')) await pause(5);
  return {
    wakes,
    ended: () => ended,
    close: () => stream.close(),
    waitFor: async (count) => {
      for (let waited = 0; wakes() < count; waited += 10) {
        if (waited > 5_000) throw new Error(`no wake: ${wakes()} of ${count}`);
        await pause(10);
      }
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

describeEngines('keys and streams', (engine) => {
  let hub: Hub;
  let storage: StorageOptions;
  let log = '';
  let lao: Device;
  let laoNcb: Device;
  let filipino: Device;
  beforeAll(async () => {
    storage = await engine.storage();
    hub = await startHub(engine, {
      ...storage,
      logLevel: 'info',
      logTo: {
        write: (line) => {
          log += line;
        },
      },
    });
    await hub.admin.seedRegion(REGION);
    lao = await enrolDevice(hub, 'la-cyber', 'officer', { waiting: true });
    laoNcb = await enrolDevice(hub, 'la-ncb', 'ncb');
    filipino = await enrolDevice(hub, 'ph-acg');
  });
  afterAll(async () => {
    [lao, laoNcb, filipino].forEach((device) => device.close());
    await hub.close();
  });

  it('takes the public key of a unit once, from its first device, which then holds the secret', async () => {
    const key = bytes(32);
    expect((await lao.directory()).devices.find((device) => device.id === lao.id)?.admitted).toBe(false);
    await lao.uploadKeys({ unitBoxKey: key });
    const second = await enrolDevice(hub, 'la-cyber', 'officer', { waiting: true });
    await second.uploadKeys({ unitBoxKey: bytes(32) });
    const seen = await second.directory();
    expect(seen.units.find((unit) => unit.id === 'la-cyber')?.boxKey).toEqual(key);
    expect(seen.buckets.find((bucket) => bucket.id === 'u:la-cyber')?.epoch).toBe(1);
    expect(
      seen.devices
        .filter((device) => device.unit === 'la-cyber')
        .filter((device) => device.admitted)
        .map((device) => device.id),
    ).toEqual([lao.id]);
    // a waiting device admits nobody, one of another unit neither
    await second.uploadKeys({ admissions: [{ device: second.id, wrapped: bytes(124) }] });
    await filipino.uploadKeys({ admissions: [{ device: second.id, wrapped: bytes(124) }] });
    expect((await second.keysAt()).admission).toBeNull();
    const wrapped = bytes(124);
    await lao.uploadKeys({ admissions: [{ device: second.id, wrapped }] });
    await lao.uploadKeys({ admissions: [{ device: second.id, wrapped: bytes(124) }] });
    expect((await second.keysAt()).admission).toEqual(wrapped);
    expect((await lao.keysAt()).admission).toBeNull();
    second.close();
  });

  it('keeps the first key of an epoch whole, hands it to later members, and refuses outsiders', async () => {
    const bucket = 't:falcon';
    const mine = [
      { bucket, epoch: 1, unit: 'la-cyber', wrapped: bytes(92) },
      { bucket, epoch: 1, unit: 'la-ncb', wrapped: bytes(92) },
    ];
    await filipino.uploadKeys({ bucketKeys: [{ bucket, epoch: 1, unit: 'ph-acg', wrapped: bytes(92) }] });
    await lao.uploadKeys({ bucketKeys: [...mine, { bucket, epoch: 3, unit: 'la-cyber', wrapped: bytes(92) }] });
    // a second maker is too late, also for a member the first left out
    await laoNcb.uploadKeys({
      bucketKeys: [
        { bucket, epoch: 1, unit: 'la-ncb', wrapped: bytes(92) },
        { bucket, epoch: 1, unit: 'th-ncb', wrapped: bytes(92) },
      ],
    });
    const thai = await enrolDevice(hub, 'th-ncb', 'ncb');
    expect((await thai.keysAt()).bucketKeys).toEqual([]);
    expect((await laoNcb.keysAt()).bucketKeys).toEqual([{ bucket, epoch: 1, wrapped: mine[1]?.wrapped }]);
    expect((await lao.directory()).buckets.find((each) => each.id === bucket)?.epoch).toBe(1);
    const late = { bucket, epoch: 1, unit: 'th-ncb', wrapped: bytes(92) };
    await laoNcb.uploadKeys({ bucketKeys: [late] });
    expect((await thai.keysAt()).bucketKeys).toEqual([{ bucket, epoch: 1, wrapped: late.wrapped }]);
    expect((await filipino.keysAt()).bucketKeys).toEqual([]);
    expect((await filipino.directory()).buckets.some((each) => each.id === bucket)).toBe(false);
    thai.close();
  });

  it('refuses keys of a wrong size or shape', async () => {
    for (const upload of [
      { unitBoxKey: bytes(31) },
      { admissions: [{ device: lao.id, wrapped: bytes(17_000) }] },
      { bucketKeys: [{ bucket: 't:falcon', epoch: 0, unit: 'la-cyber', wrapped: bytes(9) }] },
      { more: 1 },
    ]) {
      expect(await lao.call('POST', '/v1/keys', upload)).toEqual({ status: 400, body: { error: 'bad-request' } });
    }
  });

  it('wakes the units a change concerns and no other', async () => {
    const [near, far] = [await openStream(laoNcb), await openStream(filipino)];
    const brief = makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    await lao.push(newRow(brief));
    await near.waitFor(1);
    await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, ['u:la-cyber', 'u:la-ncb', 'u:ph-acg'])));
    await far.waitFor(1);
    const before = far.wakes();
    await lao.push(newRow(makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] })));
    await near.waitFor(near.wakes() + 1).catch(() => undefined);
    await pause(200);
    expect(far.wakes()).toBe(before);
    [near, far].forEach((stream) => stream.close());
  });

  it('wakes no device by its own edits, but by what its release does to a record of another', async () => {
    const [author, signer] = [await openStream(lao), await openStream(laoNcb)];
    const brief = makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    await lao.push(newRow(brief));
    await signer.waitFor(1);
    await pause(200);
    expect(author.wakes()).toBe(0);
    const heard = signer.wakes();
    await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, ['u:la-cyber', 'u:la-ncb', 'u:ph-acg'])));
    await author.waitFor(1);
    await signer.waitFor(heard + 1);
    [author, signer].forEach((stream) => stream.close());
  });

  it('ends the stream of a revoked device', async () => {
    const lost = await enrolDevice(hub, 'ph-acg', 'officer', { admittedBy: filipino });
    const stream = await openStream(lost);
    await hub.admin.revokeDevice(lost.id);
    for (let waited = 0; !stream.ended() && waited < 3_000; waited += 20) await pause(20);
    expect(stream.ended()).toBe(true);
    lost.close();
  });

  it.runIf(engine.name === 'postgres')('wakes only when a pull finds what it woke for', async () => {
    const stream = await openStream(laoNcb);
    const { cursor } = await laoNcb.pull((await laoNcb.pull()).cursor);
    // an older transaction that still runs holds every cursor back
    const older = new pg.Client({ connectionString: storage.databaseUrl });
    await older.connect();
    await older.query('begin; select pg_current_xact_id()');
    const rec = makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    await lao.push(newRow(rec));
    await pause(300);
    expect(stream.wakes()).toBe(0);
    expect((await laoNcb.pull(cursor)).rows).toEqual([]);
    await older.query('rollback');
    await older.end();
    await stream.waitFor(1);
    expect((await laoNcb.pull(cursor)).rows).toEqual([rec]);
    stream.close();
  });

  it.runIf(engine.name === 'postgres')('wakes and revokes through another hub process on the same database', async () => {
    const other = await createHub({ ...storage, dataDir: join(storage.dataDir, 'other'), caDir: join(storage.dataDir, 'ca'), host: '127.0.0.1', port: 0, logLevel: 'silent' });
    const stream = await openStream(filipino);
    const there = await enrolDevice(other, 'ph-acg', 'officer', { admittedBy: filipino });
    await there.push(newRow(makeRecord(there)));
    await stream.waitFor(1);
    await hub.admin.revokeDevice(there.id);
    expect(await there.call('GET', '/v1/keys')).toEqual({ status: 403, body: { error: 'device-revoked' } });
    stream.close();
    there.close();
    await other.close();
  });

  it('writes nothing a reader could read: no canary in any table, file or log line', async () => {
    for (const canary of CANARIES) await lao.push(newRow(makeRecord(lao, { body: sealText(canary) })));
    const code = await hub.admin.createCode('la-cyber', 'officer');
    await hub.close();
    const db = await openDatabase(storage);
    const dump = await db.admin(async (sql) => {
      const tables = await sql.rows<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public'");
      const parts: Buffer[] = [];
      for (const { name } of tables) {
        for (const row of await sql.rows<Record<string, unknown>>(`select * from "${name}"`)) {
          for (const value of Object.values(row)) parts.push(value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(JSON.stringify(value) ?? ''));
        }
      }
      return { tables: tables.length, bytes: Buffer.concat(parts) };
    });
    await db.close();
    expect(dump.tables).toBeGreaterThanOrEqual(17);
    expect(dump.bytes.includes('la-cyber')).toBe(true);
    const secrets = [...CANARIES, code.split('/')[1]?.replaceAll('-', '').slice(0, 16) ?? ''];
    for (const secret of secrets) expect([secret, dump.bytes.includes(secret)]).toEqual([secret, false]);
    // a log line names a route, never a unit, a person, an address or a key
    expect(log).toContain('/v1/push');
    for (const secret of [...secrets, 'la-cyber', 'Laos unit', 'limit=', Buffer.from(lao.keys.signPublic).toString('hex')]) expect([secret, log.includes(secret)]).toEqual([secret, false]);
    for (const path of readdirSync(storage.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
      const content = readFileSync(join(path.parentPath, path.name));
      for (const secret of secrets) expect([path.name, content.includes(secret)]).toEqual([path.name, false]);
    }
    hub = await startHub(engine, storage);
  });
});
