import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUnit } from '../../src-hub/access/admin.ts';
import type { Database } from '../../src-hub/db/database.ts';
import { urlsOf } from '../../src-hub/db/hosts.ts';
import { DatabaseBusy, OutcomeUnknown } from '../../src-hub/db/node-failure.ts';
import { openDatabase } from '../../src-hub/db/open.ts';
import { createHub } from '../../src-hub/server.ts';
import { openCountingLine } from '../bench/sync/counting-line.ts';
import { postgresBin, startPostgres, type PgNode } from '../factories/postgres.ts';
import { playFailover } from '../lab/failover.ts';
import { isRecord, makeRecord, newRow } from './rows.ts';
import { enrolDevice } from './support.ts';

const bin = postgresBin() ?? '';

describe('addresses of several hosts', () => {
  it('become one address a host', () => {
    expect(urlsOf('postgres://u:p%40@a:1,b:2/hub?x=1')).toEqual(['postgres://u:p%40@a:1/hub?x=1', 'postgres://u:p%40@b:2/hub?x=1']);
    expect(urlsOf('postgresql://a/hub')).toEqual(['postgresql://a/hub']);
    expect(() => urlsOf('mysql://a/hub')).toThrow('postgres://');
  });
});

describe.skipIf(bin === '')('a primary with a synchronous standby', () => {
  let primary: PgNode;
  let standby: PgNode;
  let db: Database;
  let line: Awaited<ReturnType<typeof openCountingLine>>;
  const hosts = () => `127.0.0.1:${standby.port},127.0.0.1:${primary.port}`;
  const storage = () => ({ dataDir: mkdtempSync(path.join(tmpdir(), 'suar-hub-')), databaseUrl: `postgres://hub_owner@${hosts()}/hub`, serviceUrl: `postgres://hub_app@${hosts()}/hub` });

  beforeAll(async () => {
    primary = await startPostgres(bin, { settings: { wal_level: 'replica' } });
    await primary.sql('create role hub_owner login createrole', 'create role hub_app login', 'create database hub owner hub_owner');
    line = await openCountingLine(primary.port);
    standby = await startPostgres(bin, { copyFrom: line.port });
    await primary.sql("alter system set synchronous_standby_names = 'standby'", 'select pg_reload_conf()');
    db = await openDatabase(storage());
  });
  afterAll(async () => {
    await db.close();
    await standby.stop();
    await primary.stop();
  });

  it('is found among its nodes, whichever is named first', async () => {
    const [row] = await db.admin((sql) => sql.rows<{ standby: boolean }>('select pg_is_in_recovery() as standby'));
    expect(row).toEqual({ standby: false });
  });

  it('never takes a wait for the standby that somebody cancels for a commit', async () => {
    await line.close();
    const stored = addUnit(db, { id: 'la-alone', country: 'LA', kind: 'unit', name: 'x' });
    const outcome = stored.then(
      () => 'acknowledged',
      (error: unknown) => error,
    );
    const cancel = "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'";
    while ((await primary.sql(cancel)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await outcome).toBeInstanceOf(OutcomeUnknown);
  });

  it('is followed to the promoted node; listeners are told of the gap, and hear again', async () => {
    const heard: string[] = [];
    const gaps: number[] = [];
    await db.listen(
      'probe',
      (text) => heard.push(text),
      () => gaps.push(1),
    );
    primary.kill();
    await expect(db.admin((sql) => sql.rows('select 1'))).rejects.toBeInstanceOf(DatabaseBusy);
    await standby.promote();
    const [row] = await db.admin((sql) => sql.rows<{ units: number }>("select count(*)::int as units from unit where id = 'la-alone'"));
    expect(row).toEqual({ units: 0 });
    while (gaps.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await db.admin((sql) => sql.rows("select pg_notify('probe', 'after')"));
    while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect([gaps, heard]).toEqual([[1], ['after']]);
  });

  it('is given up where it falls silent, and used again when it answers', async () => {
    standby.signal('SIGSTOP');
    const outcome = db
      .admin((sql) => sql.rows('select 1'))
      .then(
        () => 'answered',
        (error: unknown) => error,
      );
    expect(await outcome).toBeInstanceOf(DatabaseBusy);
    standby.signal('SIGCONT');
    expect((await db.admin((sql) => sql.rows('select 1'))).length).toBe(1);
  });

  it('serves two hubs that wake and revoke the devices of each other', async () => {
    const caDir = mkdtempSync(path.join(tmpdir(), 'suar-ca-'));
    const options = () => ({ ...storage(), caDir, host: '127.0.0.1', port: 0, logLevel: 'silent' as const, enrolPerMinute: 1000 });
    const [one, two] = await Promise.all([createHub(options()), createHub(options())]);
    try {
      expect(one.caPem).toBe(two.caPem);
      await one.admin.addUnit({ id: 'la-cyber', country: 'LA', kind: 'unit', name: 'x' });
      await one.admin.setAddresses([`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`]);
      const first = await enrolDevice(one, 'la-cyber');
      const second = await enrolDevice(two, 'la-cyber', 'officer', { admittedBy: first });
      expect((await second.directory()).addresses).toEqual([`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`]);
      const events: string[] = [];
      const stream = second.session.request({ ':method': 'GET', ':path': '/v1/stream' });
      stream.on('data', (chunk: Buffer) => events.push(chunk.toString()));
      const ended = new Promise<void>((resolve) => stream.once('close', resolve));
      while (!events.join('').includes('open')) await new Promise((resolve) => setTimeout(resolve, 10));
      const record = makeRecord(first, { id: randomUUID() });
      await first.push(newRow(record));
      while (!events.join('').includes('wake')) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(isRecord((await second.pullAll()).get(record.id))).toBe(true);
      await one.admin.revokeDevice(second.id);
      await ended;
      first.close();
      second.close();
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });
});

describe.skipIf(bin === '')('three hubs, a primary and its standby', () => {
  it('lose no acknowledged write when a hub and then the primary are killed, and every device goes on', async () => {
    const outcome = await playFailover({ synchronous: true, devices: 3, partMs: 2500 });
    expect(outcome).toMatchObject({ lost: 0, refused: 0, misread: 0, stuck: 0 });
    expect(outcome.acknowledgedAfter).toBeGreaterThan(0);
  }, 120_000);

  it('would be seen to lose them behind a standby nobody waits for', async () => {
    const outcome = await playFailover({ synchronous: false, devices: 3, partMs: 2500 });
    expect(outcome.lost).toBeGreaterThan(0);
  }, 120_000);
});
