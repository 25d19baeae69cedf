import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, describe } from 'vitest';
import { addTaskforce, addUnit } from '../../src-hub/access/admin.ts';
import { seedRegion } from '../../src-hub/access/region.ts';
import type { Database, Sql } from '../../src-hub/db/database.ts';
import { takeLock } from '../../src-hub/db/lock-file.ts';
import { migrate } from '../../src-hub/db/migrate.ts';
import { openDatabase } from '../../src-hub/db/open.ts';
import { selfTest } from '../../src-hub/db/self-test.ts';
import { createHub } from '../../src-hub/server.ts';
import { describeEngines, openFresh, tempDir } from './engines.ts';
import { REGION } from './support.ts';

const TABLES = [
  'hub_meta',
  'unit',
  'device',
  'enrol_code',
  'bucket',
  'member',
  'records',
  'feed',
  'release',
  'mandate',
  'admission',
  'bucket_key',
  'bundle_read',
  'unit_key',
  'unit_key_proof',
  'unit_secret',
  'device_certificate',
  'purge',
  'delivery',
  'content',
  'content_part',
  'content_reader',
  'parcel',
  'schema_migration',
] as const;

/** What a device of the unit may do; anything not listed must fail or see nothing. */
const MAY: Readonly<Record<(typeof TABLES)[number], readonly string[]>> = {
  hub_meta: ['select'],
  unit: ['select'],
  device: ['select'],
  enrol_code: [],
  bucket: ['select'],
  member: ['select'],
  records: ['select', 'insert', 'update'],
  feed: ['select'],
  release: ['select', 'insert', 'update'],
  mandate: ['select', 'insert', 'update'],
  admission: ['select'],
  bucket_key: ['select', 'insert'],
  bundle_read: [],
  unit_key: ['select'],
  unit_key_proof: ['select'],
  unit_secret: ['select'],
  device_certificate: [],
  purge: ['select'],
  delivery: [],
  content: ['select', 'insert', 'update'],
  content_part: ['select', 'insert'],
  content_reader: ['select', 'insert'],
  parcel: ['select', 'insert'],
  schema_migration: [],
};

/** Devices of two tenants and one row of each tenant in every table. */
async function plantTenants(db: Database): Promise<{ readonly lao: string; readonly filipino: string }> {
  await seedRegion(db, { units: [...REGION.units], taskforces: [] });
  await addTaskforce(db, { id: 'falcon', name: 'Falcon', members: ['la-cyber'] });
  const [lao, filipino] = [randomUUID(), randomUUID()];
  await db.admin(async (sql) => {
    for (const [device, unit] of [
      [lao, 'la-cyber'],
      [filipino, 'ph-acg'],
    ] as const) {
      await sql.rows("insert into device (id, unit, role, sign_key, box_key, admitted) values ($1::uuid, $2, 'ncb', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), true)", [
        device,
        unit,
      ]);
    }
    const record = randomUUID();
    await insertRecord(sql, record, 'la-cyber', lao);
    await sql.rows("insert into parcel (id, bucket, rows, content) values ($1, 'u:la-cyber', 3, 'x')", [record]);
    await sql.rows('update records set parcel = id, parcel_at = 0 where id = $1', [record]);
    await sql.rows("insert into content (id, owner, record_id, author, size, wraps, expires_at) values ($1, 'la-cyber', $1, $2, 9, 'x', now())", [record, lao]);
    await sql.rows("insert into content_part (content_id, owner, start, bytes) values ($1, 'la-cyber', 0, 'x')", [record]);
    await sql.rows("insert into content_reader (content_id, owner, device) values ($1, 'la-cyber', $2)", [record, lao]);
    await sql.rows("insert into release (record_id, unit, signer, target, target_owner, claim, signature) values ($1, 'la-cyber', $2, $3, 'la-cyber', '{}', '')", [randomUUID(), lao, record]);
    await sql.rows("insert into mandate (record_id, unit, signer, bucket, claim, signature) values ($1, 'la-cyber', $2, 't:falcon', '{}', '')", [randomUUID(), lao]);
    await sql.rows("insert into admission (device, wrapped, admitted_by) values ($1, 'x', $1)", [lao]);
    await sql.rows("insert into bucket_key (bucket, epoch, unit, wrapped, made_by) values ('t:falcon', 1, 'la-cyber', 'x', $1)", [lao]);
    await sql.rows('insert into bundle_read (device, seq, bundle) values ($1, 1, $1)', [lao]);
    await sql.rows("insert into device_certificate (fingerprint, device, not_after) values (repeat('0', 64), $1, now())", [lao]);
    await sql.rows("insert into unit_key (unit, epoch, box_key, maker, sig) values ('la-cyber', 2, decode(repeat('00', 32), 'hex'), $1, 'x')", [lao]);
    await sql.rows("insert into unit_key_proof (unit, epoch, for_unit, proof) values ('la-cyber', 2, 'la-cyber', 'x')");
    await sql.rows("insert into unit_secret (device, epoch, wrapped) values ($1, 2, 'x')", [lao]);
    await sql.rows("insert into purge (record_id, owner, unit, device, rev, at, sig) values ($1, 'la-cyber', 'la-cyber', $2, '', '', 'x')", [record, lao]);
    await sql.rows('insert into delivery (device, seq, at) values ($1, 1, now())', [lao]);
    await sql.rows("insert into enrol_code (secret_hash, unit, role, expires_at) values ('x', 'la-cyber', 'officer', now())");
  });
  return { lao, filipino };
}

function insertRecord(sql: Sql, id: string, owner: string, author: string): Promise<unknown> {
  return sql.rows(
    "insert into records (id, owner, entity, audience, tlp, rev, deleted, author, ref, body, body_sha, wraps, sig) values ($1, $2, 'brief', array['u:' || $2], 'AMBER', 'r1', false, $3, '', 'x', 'x', '', 'x')",
    [id, owner, author],
  );
}

/** Runs a statement as a device in a transaction that is rolled back; answers its row count or the error's SQLSTATE. */
async function attempt(db: Database, device: string | undefined, text: string): Promise<number | string> {
  const undo = new Error('undo');
  let outcome: number | string = 'none';
  await db
    .service(async (sql) => {
      if (device) await sql.rows('select hub_enter($1)', [device]);
      outcome = (await sql.rows(text)).length;
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) outcome = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'error';
    });
  return outcome;
}

describeEngines('database', (engine) => {
  it('lets the service role do on each table what the matrix says and nothing else', async () => {
    const db = await openFresh(engine);
    const { lao } = await plantTenants(db);
    const found: Record<string, string[]> = {};
    for (const table of TABLES) {
      const rights = await db.service((sql) =>
        sql.rows<{ verb: string }>(
          `select verb from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) verb
           where has_table_privilege('${table}', verb) or (verb in ('select', 'insert', 'update') and has_any_column_privilege('${table}', verb))`,
        ),
      );
      found[table] = rights.map((right) => right.verb);
    }
    expect(found).toEqual(MAY);
    expect(await attempt(db, lao, 'select * from enrol_code')).toBe('42501');
    expect(await attempt(db, lao, 'create table mine (a int)')).toBe('42501');
    await db.close();
  });

  it('drops a parcel with the first change of one of its records', async () => {
    const db = await openFresh(engine);
    await plantTenants(db);
    const count = () => db.admin((sql) => sql.rows('select 1 from parcel'));
    expect(await count()).toHaveLength(1);
    await db.admin((sql) => sql.rows("update records set rev = 'r2' where parcel is not null"));
    expect(await count()).toEqual([]);
    await db.close();
  });

  it('shows one tenant nothing of the other, in any table', async () => {
    const db = await openFresh(engine);
    const { lao, filipino } = await plantTenants(db);
    for (const table of ['records', 'feed', 'release', 'mandate', 'admission', 'bucket_key', 'unit_key_proof', 'unit_secret', 'purge', 'content', 'content_part', 'content_reader', 'parcel']) {
      expect([table, await attempt(db, lao, `select * from ${table}`)]).toEqual([table, 1]);
      expect([table, await attempt(db, filipino, `select * from ${table}`)]).toEqual([table, 0]);
      expect([table, await attempt(db, undefined, `select * from ${table}`)]).toEqual([table, 0]);
    }
    expect(await attempt(db, filipino, "insert into parcel (id, bucket, rows, content) values (gen_random_uuid(), 'u:la-cyber', 3, 'x')")).toBe('42501');
    expect(await attempt(db, filipino, "select * from bucket where kind = 'taskforce'")).toBe(0);
    expect(await attempt(db, filipino, "select * from member where bucket = 't:falcon'")).toBe(0);
    for (const table of ['unit', 'device', 'bucket', 'member', 'hub_meta']) expect([table, await attempt(db, undefined, `select * from ${table}`)]).toEqual([table, 0]);
    const columns = '(id, owner, entity, audience, tlp, rev, deleted, author, ref, body, body_sha, wraps, sig) values (gen_random_uuid(),';
    const rest = ", 'AMBER', 'r', false, '%', '', 'x', 'x', '', 'x')".replace('%', filipino);
    expect(await attempt(db, filipino, `insert into records ${columns} 'la-cyber', 'brief', '{u:ph-acg}'${rest}`)).toBe('42501');
    expect(await attempt(db, filipino, `insert into records ${columns} 'ph-acg', 'brief', '{u:la-cyber}'${rest}`)).toBe('42501');
    expect(await attempt(db, filipino, `insert into records ${columns} 'ph-acg', 'brief', '{u:ph-acg}'${rest.replace(filipino, lao)}`)).toBe('42501');
    expect(await attempt(db, filipino, `insert into records ${columns} 'ph-acg', 'brief', '{u:ph-acg}'${rest} returning id`)).toBe(1);
    expect(await attempt(db, filipino, "update records set rev = 'stolen' returning id")).toBe(0);
    expect(await attempt(db, lao, "update records set rev = 'mine' returning id")).toBe(1);
    for (const table of ['release', 'mandate']) expect(await attempt(db, filipino, `update ${table} set withdrawn_at = now() returning record_id`)).toBe(0);
    expect(await attempt(db, filipino, `select hub_admit('${lao}', 'x')`)).toBe(1);
    expect(await attempt(db, filipino, `select 1 from hub_own_hidden(array(select id from records)) x`)).toBe(0);
    expect(await attempt(db, filipino, `insert into bucket_key (bucket, epoch, unit, wrapped, made_by) values ('t:falcon', 2, 'ph-acg', 'x', '${filipino}')`)).toBe('42501');
    await db.close();
  });

  it.each([
    ['row-level security off', 'alter table records disable row level security'],
    ['a policy that shows everything', 'create policy oops on records for select to hub_app using (true)'],
    ['no force', 'alter table feed no force row level security'],
    ['readable codes', 'grant select on enrol_code to hub_app'],
    ['no planted row', "delete from records where owner = 'hub-selftest'"],
  ])('refuses to start with %s', async (_what, damage) => {
    const storage = await engine.storage();
    const db = await openDatabase(storage);
    await selfTest(db);
    await db.admin((sql) => sql.rows(damage));
    await db.close();
    await expect(createHub({ ...storage, host: '127.0.0.1', port: 0, logLevel: 'silent' })).rejects.toThrow('self-test');
  });

  it('applies each migration once, also when two processes start', async () => {
    const storage = await engine.storage();
    const db = await openDatabase(storage);
    expect(await migrate(db)).toEqual([]);
    await db.close();
    if (!storage.databaseUrl) return;
    const fresh = await engine.storage();
    const both = await Promise.all([openDatabase(fresh), openDatabase(fresh)]);
    await Promise.all(both.map((each) => each.close()));
  });

  it('works where the service signs in as the owner and takes the role in each transaction', async () => {
    const { serviceUrl: _none, ...storage } = await engine.storage();
    const db = await openDatabase(storage);
    await selfTest(db);
    const { filipino } = await plantTenants(db);
    expect(await attempt(db, filipino, 'select * from records')).toBe(0);
    await db.close();
  });

  // PGlite has one connection: transactions never overlap
  it.runIf(engine.name === 'postgres')('never lets a cursor pass a transaction that is still running', async () => {
    const db = await openFresh(engine);
    await addUnit(db, { id: 'la-cyber', country: 'LA', kind: 'unit', name: 'x' });
    const device = randomUUID();
    await db.admin((sql) =>
      sql.rows("insert into device (id, unit, role, sign_key, box_key) values ($1, 'la-cyber', 'officer', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'))", [device]),
    );
    const pages: string[] = [];
    let cursor: readonly [string, string] = ['0', '0'];
    const pull = async (): Promise<number> => {
      const rows = await db.service(async (sql) => {
        await sql.rows('select hub_enter($1)', [device]);
        return sql.rows<{ xid: string; pos: string; id: string }>('select xid, pos, id from hub_pull($1::xid8, $2::bigint, 7, 1000000)', [...cursor]);
      });
      const last = rows.at(-1);
      if (last) cursor = [last.xid, last.pos];
      pages.push(...rows.map((row) => row.id));
      return rows.length;
    };
    const write = async (holdMs: number): Promise<string> => {
      const id = randomUUID();
      await db.service(async (sql) => {
        await sql.rows('select hub_enter($1)', [device]);
        await insertRecord(sql, id, 'la-cyber', device);
        await new Promise((resolve) => setTimeout(resolve, holdMs));
      });
      return id;
    };
    // the first writer takes its position first and commits last
    const slow = write(600);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const quick = await write(0);
    expect(await pull()).toBe(0);
    const first = await slow;
    await pull();
    expect(pages).toEqual([first, quick]);
    // and under load nothing is skipped or repeated
    const load = { running: true };
    const puller = (async () => {
      while (load.running) await pull();
    })();
    const written = (
      await Promise.all(
        Array.from({ length: 5 }, async (_, writer) => {
          const ids: string[] = [];
          for (let n = 0; n < 40; n++) ids.push(await write((writer * 7 + n * 3) % 11));
          return ids;
        }),
      )
    ).flat();
    load.running = false;
    await puller;
    while ((await pull()) > 0);
    expect([...pages].sort()).toEqual([first, quick, ...written].sort());
    await db.close();
  });
});

describe('lock file', () => {
  it('is held once, given back, and taken over from a process that died', () => {
    const path = join(tempDir(), 'hub.lock');
    const release = takeLock(path);
    expect(release).toBeTypeOf('function');
    expect(takeLock(path)).toBeUndefined();
    release?.();
    expect(existsSync(path)).toBe(false);
    const { pid } = spawnSync('true');
    writeFileSync(path, `${pid} 12345 x`);
    expect(takeLock(path)).toBeTypeOf('function');
    // the pid lives again as another process
    writeFileSync(path, `${process.pid} 1 x`);
    expect(takeLock(path)).toBeTypeOf('function');
  });

  it('keeps a second hub off a PGlite directory', async () => {
    const dataDir = tempDir();
    const db = await openDatabase({ dataDir });
    await expect(openDatabase({ dataDir })).rejects.toThrow('another process');
    await db.close();
    await (await openDatabase({ dataDir })).close();
  });
});
