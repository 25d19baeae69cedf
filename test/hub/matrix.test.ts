import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sql } from '../../src-hub/db/database.ts';
import { openDatabase } from '../../src-hub/db/open.ts';
import { createHub, type Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { packKnownQuestion } from '#shared/contract/known-versions.ts';
import { packPush } from '#shared/contract/packed-push.ts';
import type { PushRow } from '#shared/contract/sync.ts';
import { makeRecord, newRev, sealText, wrapsFor } from './rows.ts';
import { enrolDevice, reconnectTo, REGION, type Device } from './support.ts';

/** Who may see a record of each bucket; everything else in the matrix follows from it. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = Object.fromEntries([
  ...REGION.units.map(({ id }) => [`u:${id}`, [id]]),
  ...[...new Set(REGION.units.map(({ country }) => country))].map((country) => [`c:${country}`, REGION.units.filter((unit) => unit.country === country).map(({ id }) => id)]),
  ['t:falcon', [...REGION.taskforces[0].members]],
  ['community', REGION.units.map(({ id }) => id)],
]);
const ROLES = ['officer', 'ncb', 'admin', 'waiting', 'revoked'] as const;
/** Units whose devices play every role; the others are played by officers. */
const UNITS = ['la-cyber', 'ph-acg'] as const;

interface Player {
  readonly unit: string;
  readonly role: (typeof ROLES)[number];
  readonly device: Device;
}

/** An answer without what differs by nature: the id asked for. */
function shapeOf(reply: { readonly status: number; readonly body: unknown }, id: string): string {
  return JSON.stringify(reply, (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)).replaceAll(id, '<id>');
}

describeEngines('matrix of bucket, role, route and verb', (engine) => {
  let hub: Hub;
  let storage: Awaited<ReturnType<typeof engine.storage>>;
  const players: Player[] = [];
  const idByBucket = new Map<string, string>();
  const revById = new Map<string, string>();

  /** Changes the database behind the hub's back. */
  async function alter(work: (sql: Sql) => Promise<void>): Promise<void> {
    const { port } = hub;
    await hub.close();
    const db = await openDatabase(storage);
    await db.admin(work);
    await db.close();
    hub = await createHub({ ...storage, host: '127.0.0.1', port, logLevel: 'silent' });
    for (const [at, player] of players.entries()) players[at] = { ...player, device: reconnectTo(hub, player.device) };
  }

  beforeAll(async () => {
    storage = await engine.storage();
    const db = await openDatabase(storage);
    await db.close();
    hub = await createHub({ ...storage, host: '127.0.0.1', port: 0, logLevel: 'silent', enrolPerMinute: 1000 });
    await hub.admin.seedRegion(REGION);
    for (const unit of UNITS) {
      const first = await enrolDevice(hub, unit);
      players.push({ unit, role: 'officer', device: first });
      players.push({ unit, role: 'ncb', device: await enrolDevice(hub, unit, 'ncb', { admittedBy: first }) });
      players.push({ unit, role: 'admin', device: await enrolDevice(hub, unit, 'admin', { admittedBy: first }) });
      players.push({ unit, role: 'waiting', device: await enrolDevice(hub, unit, 'officer', { waiting: true }) });
      const revoked = await enrolDevice(hub, unit, 'officer', { admittedBy: first });
      await hub.admin.revokeDevice(revoked.id);
      players.push({ unit, role: 'revoked', device: revoked });
    }
    for (const { id } of REGION.units) if (!UNITS.includes(id as (typeof UNITS)[number])) players.push({ unit: id, role: 'officer', device: await enrolDevice(hub, id) });
    // planted past the border rules: the matrix asks who sees a row, not who may write it
    const author = players[0]?.device.id ?? '';
    await alter(async (sql) => {
      for (const bucket of Object.keys(MEMBERS)) {
        const [id, rev] = [randomUUID(), newRev()];
        idByBucket.set(bucket, id);
        revById.set(id, rev);
        await sql.rows(
          `insert into records (id, owner, entity, audience, tlp, rev, deleted, author, ref, body, body_sha, wraps, sig) values ($1, 'hub-planted', 'brief', array[$2], 'AMBER', $3, false, $4, '', $5, 'x', decode('80', 'hex'), 'x')`,
          [id, bucket, rev, author, sealText(bucket)],
        );
      }
    });
  }, 240_000);
  afterAll(async () => {
    for (const { device } of players) device.close();
    await hub.close();
  });

  /** Every cell of the matrix; those that say too much or too little by name. */
  async function sweep(whose: readonly Player[] = players): Promise<{ readonly leaks: readonly string[]; readonly cells: number }> {
    const leaks: string[] = [];
    let cells = 0;
    const expectCell = (holds: boolean, ...names: readonly string[]): void => {
      cells++;
      if (!holds) leaks.push(names.join(' '));
    };
    for (const { unit, role, device } of whose) {
      const who = `${unit}/${role}`;
      const pulled = await device.call('GET', '/v1/pull?cursor=&limit=500');
      const seen = new Set(pulled.status === 200 ? (pulled.body as { rows: { id: string }[] }).rows.map((row) => row.id) : []);
      const waiting = await device.call('GET', '/v1/waiting?cursor=');
      expectCell(waiting.status === pulled.status && (pulled.status !== 200 || (waiting.body as { records: number }).records === seen.size), who, 'GET /v1/waiting');
      for (const [bucket, members] of Object.entries(MEMBERS)) {
        const id = idByBucket.get(bucket) ?? '';
        const may = role !== 'revoked' && members.includes(unit);
        expectCell(seen.has(id) === may, who, bucket, 'GET /v1/pull');
        for (const [verb, change] of Object.entries(VERBS)) {
          const at = (asked: string) => device.call('POST', '/v1/push', { rows: [change(device, asked)] });
          const real = shapeOf(await at(id), id);
          const fresh = randomUUID();
          const none = shapeOf(await at(fresh), fresh);
          // a record it may see is known to be there; any other answers as one that was never made
          if (!may || role === 'waiting') expectCell(real === none, who, bucket, `POST /v1/push ${verb}`);
          else expectCell(!real.includes('hub-planted') || members.includes(unit), who, bucket, `POST /v1/push ${verb}`);
        }
        // what arrived is told to the device that sent it alone, and only of what it may see
        const isAuthor = device.id === players[0]?.device.id;
        const rev = revById.get(id) ?? '';
        for (const [route, ask] of Object.entries(QUESTIONS)) {
          const fresh = randomUUID();
          const isAlike = shapeOf(await ask(device, id, rev), id) === shapeOf(await ask(device, fresh, rev), fresh);
          expectCell(isAlike !== (isAuthor && may), who, bucket, route);
        }
        // nobody's unit owns the planted record: who removed it is told to nobody, and no device of another unit is known
        const stranger = players.find((other) => other.unit !== unit)?.device.id ?? '';
        for (const [route, asked] of [
          ['/v1/purged?record=', id],
          ['/v1/unit/exposure?device=', stranger],
        ] as const) {
          const fresh = randomUUID();
          expectCell(shapeOf(await device.call('GET', `${route}${asked}`), asked) === shapeOf(await device.call('GET', `${route}${fresh}`), fresh), who, bucket, `GET ${route}`);
        }
        expectCell(role === 'admin' || (await device.call('GET', '/v1/unit/devices')).status !== 200, who, bucket, 'GET /v1/unit/devices');
        for (const route of ['/v1/directory', '/v1/keys']) {
          const text = JSON.stringify((await device.call('GET', route)).body ?? null);
          expectCell(!text.includes(id) && (role !== 'revoked' || text.includes('device-revoked')) && (bucket !== 't:falcon' || may || !text.includes('falcon')), who, bucket, `GET ${route}`);
        }
      }
    }
    return { leaks, cells };
  }

  it('shows a record to the members of its bucket, and lets nobody else learn that it exists', async () => {
    const { leaks, cells } = await sweep();
    expect(leaks).toEqual([]);
    expect(cells).toBeGreaterThan(players.length * idByBucket.size * 10);
  }, 240_000);

  it('finds a policy that lets every unit read', async () => {
    // one that lets the hub itself read too would keep it from starting
    await alter(async (sql) => {
      for (const table of ['records', 'feed']) await sql.rows(`create policy leak on ${table} for select to hub_app using ((select ctx_unit()) is not null)`);
    });
    const { leaks } = await sweep(players.filter(({ unit, role }) => unit === 'ph-acg' && role === 'officer'));
    expect(leaks).toContain('ph-acg/officer u:la-cyber POST /v1/push edit');
  }, 240_000);
});

/** What a device may try with an id: each names a version that does not exist, so nothing is ever stored under a planted id. */
const VERBS: Readonly<Record<string, (device: Device, id: string) => PushRow>> = {
  edit: (device, id) => ({ rec: makeRecord(device, { id }), assumed: '0123456789ab' }),
  delete: (device, id) => ({ rec: makeRecord(device, { id, deleted: true }), assumed: '0123456789ab' }),
  'edit in the owner’s name': (device, id) => ({ rec: makeRecord(device, { id, owner: 'hub-planted', wraps: wrapsFor([`u:${device.unit}`]) }), assumed: '0123456789ab' }),
};

/** How a device asks whether a version it made has arrived. */
const QUESTIONS: Readonly<Record<string, (device: Device, id: string, rev: string) => Promise<{ readonly status: number; readonly body: unknown }>>> = {
  'POST /v1/push/known': (device, id, rev) => device.call('POST', '/v1/push/known', packKnownQuestion([{ id, rev }])),
  'POST /v1/push held': (device, id, rev) =>
    device.call('POST', '/v1/push', { ...packPush([{ rec: makeRecord(device, { id, rev, body: new Uint8Array() }), assumed: null }]), held: [new Uint8Array(32), 10] }),
};
