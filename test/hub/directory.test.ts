import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { applyChanges } from '#shared/contract/directory.ts';
import type { Directory, DirectoryChanges } from '#shared/contract/sync.ts';
import { toCbor } from '#shared/contract/wire.ts';
import { openDatabase } from '../../src-hub/db/open.ts';
import type { Hub } from '../../src-hub/server.ts';
import { createSeededNumbers } from '../factories/seeded.ts';
import { describeEngines } from './engines.ts';
import { newWire, openStation, type Station } from './station.ts';
import { enrolDevice, reconnectTo, startHub } from './support.ts';

const UNITS = ['la-one', 'la-two', 'th-one', 'th-two'] as const;
const FORCES = ['kingfisher', 'heron'] as const;
const STEPS = 40;

const countryOf = (unit: string): string => unit.slice(0, 2).toUpperCase();
const byId = <T extends { readonly id: string }>(rows: readonly T[]): ReadonlyMap<string, T> => new Map(rows.map((row) => [row.id, row]));

/** Units, devices, taskforces and keys come, change and go; `look` is called after each step with everybody who is there. */
async function live(hub: Hub, seed: number, look: (stations: readonly Station[], revoked: ReadonlySet<string>) => Promise<void>): Promise<void> {
  const random = createSeededNumbers(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] ?? (items[0] as T);
  await hub.admin.seedRegion({ units: UNITS.map((id) => ({ id, country: countryOf(id), kind: 'unit', name: id })) });
  const wire = newWire();
  const stations: Station[] = [];
  const revoked = new Set<string>();
  const enrol = async (unit: string): Promise<void> => {
    const station = await openStation(hub, unit, wire);
    await stations.find((known) => known.unit === unit)?.admit(station);
    stations.push(station);
  };
  for (const unit of UNITS) await enrol(unit);
  for (const force of FORCES) await hub.admin.addTaskforce({ id: force, name: force, members: ['la-one'] });
  for (let step = 0; step < STEPS; step++) {
    const steps: (() => Promise<unknown>)[] = [
      () => enrol(pick(UNITS)),
      () => hub.admin.addUnit({ id: `my-${seed}-${step}`, country: 'MY', kind: 'unit', name: `unit ${step}` }),
      () => hub.admin.addTaskforce({ id: pick(FORCES), name: 'x', members: [pick(UNITS)] }).catch(() => undefined),
      () => hub.admin.leaveTaskforce(pick(FORCES), pick(UNITS)).catch(() => undefined),
      // keys are made, handed over and replaced
      () => pick(stations).sync(),
      async () => {
        const lost = pick(stations);
        if (stations.filter(({ unit }) => unit === lost.unit).length < 2) return;
        stations.splice(stations.indexOf(lost), 1);
        revoked.add(lost.identity().deviceId);
        await hub.admin.revokeDevice(lost.identity().deviceId);
        lost.close();
      },
    ];
    await pick(steps)();
    await look(stations, revoked);
  }
  for (const station of stations) station.close();
}

describeEngines('directory', (engine) => {
  it.each([1, 2, 3])('is by its changes what it is as a whole, whatever happened in between (%i)', async (seed) => {
    const hub = await startHub(engine);
    const held = new Map<Station, Directory>();
    let parts = 0;
    await live(hub, seed, async (stations, revoked) => {
      for (const [at, station] of stations.entries()) {
        // some look after every step, others now and then
        const before = held.get(station);
        if (before && at % 2 === 1 && parts++ % 3 > 0) continue;
        const whole = (await station.ask('/v1/directory')) as Directory;
        if (!before) {
          held.set(station, whole);
          continue;
        }
        const changes = (await station.ask(`/v1/directory?since=${encodeURIComponent(before.cursor ?? '')}`)) as DirectoryChanges;
        expect(changes.since).toBe(before.cursor);
        const now = applyChanges(before, changes);
        const { devices, cursor: _cursor, ...rest } = now;
        const { devices: expected, cursor: _other, ...all } = whole;
        expect(rest).toEqual(all);
        const known = byId(devices);
        expect(expected.map(({ id }) => known.get(id))).toEqual(expected);
        for (const { id, revoked: isRevoked } of devices) if (revoked.has(id)) expect(isRevoked).toBe(true);
        held.set(station, now);
      }
    });
    await hub.close();
  });

  it('tells who somebody is that was met, with everybody of that unit, and nothing of others', async () => {
    const hub = await startHub(engine);
    await hub.admin.seedRegion({ units: UNITS.map((id) => ({ id, country: countryOf(id), kind: 'unit', name: id })) });
    const [reader, author] = [await enrolDevice(hub, 'la-one'), await enrolDevice(hub, 'th-one')];
    const colleague = await enrolDevice(hub, 'th-one', 'officer', { admittedBy: author });
    const other = await enrolDevice(hub, 'th-two');
    const ask = async (query: string): Promise<Directory> => (await reader.call('GET', `/v1/directory${query}`)).body as Directory;
    const first = await ask('');
    expect(first.devices.map(({ id }) => id)).toEqual([reader.id]);
    const met = await ask(`?since=${encodeURIComponent(first.cursor ?? '')}&met=${author.id},${randomUUID()}`);
    expect(new Set(met.devices.map(({ id }) => id))).toEqual(new Set([author.id, colleague.id]));
    for (const query of ['?met=x', `?met=${author.id},`, `?met=${Array.from({ length: 51 }, () => randomUUID()).join()}`]) expect((await reader.call('GET', `/v1/directory${query}`)).status).toBe(400);
    // a cursor of another epoch, or none at all, brings the whole
    for (const since of ['x', '00000000-0000-4000-8000-000000000000:9']) expect((await ask(`?since=${since}`)).units).toHaveLength(first.units.length);
    for (const device of [reader, author, colleague, other]) device.close();
    await hub.close();
  });

  it('brings a device of a region with 1,000 units and 50,000 devices what it needs once, and next to nothing when it comes back', async () => {
    const storage = await engine.storage();
    const hub = await startHub(engine, storage);
    await hub.admin.seedRegion({ units: UNITS.map((id) => ({ id, country: countryOf(id), kind: 'unit', name: id })) });
    const reader = await enrolDevice(hub, 'la-one');
    await hub.close();
    const db = await openDatabase(storage);
    await db.admin(async (sql) => {
      await sql.rows("insert into unit (id, country, kind, name) select 'unit-' || n, 'TH', 'unit', 'Unit number ' || n from generate_series(1, 996) n");
      await sql.rows("insert into bucket (id, kind, name) select 'u:' || id, 'unit', name from unit on conflict do nothing");
      await sql.rows("insert into member (unit, bucket) select id, b from unit, unnest(array['u:' || id, 'community']) b on conflict do nothing");
      await sql.rows('alter table device disable trigger user');
      await sql.rows(
        `insert into device (id, unit, role, sign_key, box_key, admitted)
         select gen_random_uuid(), u.id, 'officer', sha256((u.id || n)::bytea), sha256((n || u.id)::bytea), true from unit u, generate_series(1, 50) n`,
      );
      await sql.rows('alter table device enable trigger user');
    });
    await db.close();
    const again = await startHub(engine, storage);
    const device = reconnectTo(again, reader);
    const first = (await device.call('GET', '/v1/directory')).body as Directory;
    expect([first.units.length, first.devices.length]).toEqual([1000, 51]);
    const next = (await device.call('GET', `/v1/directory?since=${encodeURIComponent(first.cursor ?? '')}`)).body as DirectoryChanges;
    expect(toCbor(next).length).toBeLessThan(1500);
    expect([next.units, next.devices, next.unitKeys]).toEqual([[], [], []]);
    expect(applyChanges(first, next)).toEqual({ ...first, cursor: next.cursor });
    device.close();
    await again.close();
  }, 120_000);
});
