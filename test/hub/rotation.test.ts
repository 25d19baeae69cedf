/** Keys that rotate, against somebody who holds a stolen laptop or left a taskforce, and hears every line. */
import { randomBytes, randomUUID, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Directory, UnitKeyStep } from '#shared/contract/sync.ts';
import { toCbor } from '#shared/contract/wire.ts';
import { privateKeyOf, type Identity } from '../../src-main/keys/identity.ts';
import type { Hub } from '../../src-hub/server.ts';
import { openStation, newWire, type Station, type Wire } from './station.ts';
import { describeEngines } from './engines.ts';
import { startHub } from './support.ts';
import { readAsThief } from './thief.ts';

const UNITS = ['la-one', 'la-two', 'la-three'].map((id) => ({ id, country: 'LA', kind: 'unit', name: id }));

/** A step of la-three after its second key, rightly signed by a device the hub passes off as one of that unit, which knows nothing of the key before. */
function invents(directory: Directory, maker: Identity): UnitKeyStep {
  const boxKey = new Uint8Array(32).fill(7);
  const sig = new Uint8Array(sign(null, toCbor(['suar-unit-step-1', 'la-three', 3, boxKey]), privateKeyOf(maker.signKey)));
  Object.assign(directory.devices.find((device) => device.id === maker.deviceId) ?? {}, { unit: 'la-three' });
  return { unit: 'la-three', epoch: 3, boxKey, maker: maker.deviceId, sig, proof: new Uint8Array(randomBytes(32)) };
}

describeEngines('rotation of keys', (engine) => {
  let hub: Hub;
  let wire: Wire;
  let one: Station;
  let second: Station;
  let two: Station;
  let three: Station;
  let opened: Station[] = [];
  let name = 0;
  const open = async (unit: string): Promise<Station> => {
    const station = await openStation(hub, unit, wire);
    opened.push(station);
    return station;
  };
  beforeAll(async () => {
    hub = await startHub(engine);
    await hub.admin.seedRegion({ units: UNITS });
    wire = newWire();
    one = await open('la-one');
    second = await open('la-one');
    await one.admit(second);
    two = await open('la-two');
    three = await open('la-three');
  });
  afterAll(async () => {
    opened.forEach((station) => station.close());
    opened = [];
    await hub.close();
  });

  /** A taskforce of its own. */
  async function taskforce(...members: string[]): Promise<string> {
    const id = `force-${++name}`;
    await hub.admin.addTaskforce({ id, name: id, members });
    return id;
  }
  async function write(station: Station, ...buckets: string[]): Promise<string> {
    const id = randomUUID();
    expect(await station.push(id, [`u:${station.unit}`, ...buckets])).toBeUndefined();
    return id;
  }
  const hear = async (...stations: Station[]): Promise<void> => {
    for (const station of stations) await station.read();
  };

  it('keeps what comes after a unit left from it, and from nobody who stays', async () => {
    const force = await taskforce('la-one', 'la-two', 'la-three');
    for (const station of [one, two, three]) await station.sync();
    const before = await write(one, `t:${force}`);
    const left = three.copy();
    await hub.admin.leaveTaskforce(force, 'la-three');
    // the author has not noticed: the hub refuses the old key, the author makes the next one and seals again
    const after = await write(one, `t:${force}`);
    const byOther = await write(two, `t:${force}`);
    expect((await two.sync()).buckets.find((bucket) => bucket.id === `t:${force}`)).toMatchObject({ epoch: 2, stale: false, lacking: [] });
    expect((await two.read()).ids).toEqual(expect.arrayContaining([before, after, byOther]));
    expect((await one.read()).unreadable).toBe(0);
    await hear(one, two);
    await three.sync();
    for (const keys of [left, three.copy()]) {
      const stolen = readAsThief(keys, wire);
      expect([stolen.has(before), stolen.has(after), stolen.has(byOther)]).toEqual([true, false, false]);
    }
  });

  it('opens everything to a unit that joins, from the first epoch on, and again to one that comes back', async () => {
    const force = await taskforce('la-one', 'la-three');
    await one.sync();
    const first = await write(one, `t:${force}`);
    await three.sync();
    await hub.admin.leaveTaskforce(force, 'la-three');
    const meanwhile = await write(one, `t:${force}`);
    expect((await three.read()).ids).not.toContain(meanwhile);
    await hub.admin.addTaskforce({ id: force, name: force, members: ['la-two', 'la-three'] });
    await one.sync();
    for (const station of [two, three]) {
      await station.sync();
      const seen = await station.read();
      expect([seen.ids.includes(first), seen.ids.includes(meanwhile), seen.unreadable]).toEqual([true, true, 0]);
    }
    const answer = await write(two, `t:${force}`);
    expect((await three.read()).ids).toContain(answer);
  });

  it('keeps what comes after a laptop was revoked from its thief: the unit, its taskforces, and what other units send it', async () => {
    const force = await taskforce('la-one', 'la-two');
    await one.sync();
    await two.sync();
    const lost = await open('la-one');
    await one.admit(lost);
    await second.sync();
    const before = [await write(one), await write(two, `t:${force}`), await write(two, 'u:la-one')];
    await hear(one, two);
    const stolen = lost.copy();
    await hub.admin.revokeDevice(lost.identity().deviceId);
    const inside = await write(second); // refused once, then sealed under the next secret
    await two.sync();
    const after = [inside, await write(one), await write(one, `t:${force}`), await write(two, `t:${force}`), await write(two, 'u:la-one')];
    await one.sync();
    await hear(one, two, second, three);
    const found = readAsThief(stolen, wire);
    expect(before.map((id) => found.has(id))).toEqual([true, true, true]);
    expect(after.map((id) => found.has(id))).toEqual([false, false, false, false, false]);
    for (const station of [one, second]) {
      const seen = await station.read();
      expect([[...before, ...after].filter((id) => !seen.ids.includes(id)), seen.unreadable]).toEqual([[], 0]);
    }
    // a colleague that enrols later reads it all
    const late = await open('la-one');
    await one.admit(late);
    const seen = await late.read();
    expect([[...before, ...after].filter((id) => !seen.ids.includes(id)), seen.unreadable]).toEqual([[], 0]);
  });

  it('leaves a device out that never proved the old secret, until a colleague admits it again', async () => {
    const silent = await openStation(hub, 'la-two', wire, { send: ({ holder: _holder, ...upload }) => upload });
    opened.push(silent);
    await two.admit(silent);
    const lost = await open('la-two');
    await two.admit(lost);
    await hub.admin.revokeDevice(lost.identity().deviceId);
    const id = await write(two);
    await silent.sync();
    expect(await silent.push(randomUUID(), ['u:la-two'])).toBe('device-unadmitted');
    expect((await silent.read()).ids).not.toContain(id);
    await two.admit(silent);
    expect((await silent.read()).ids).toContain(id);
    expect(await silent.push(randomUUID(), ['u:la-two'])).toBeUndefined();
  });

  it('takes a rotation from nobody but an admitted device of the unit, and only where one is needed', async () => {
    const epochOf = async (): Promise<number> => (await three.sync()).units.find((unit) => unit.id === 'la-three')?.keyEpoch ?? 0;
    const forged = (device: string) => ({ epoch: 2, boxKey: new Uint8Array(32).fill(9), sig: new Uint8Array(64), secrets: [{ device, wrapped: new Uint8Array(200) }], proofs: [] });
    const needless = await openStation(hub, 'la-three', wire, { send: (upload, identity) => ({ ...upload, unitRotation: forged(identity.deviceId) }) });
    opened.push(needless);
    await three.admit(needless);
    await needless.sync();
    expect(await epochOf()).toBe(1);
    const other = await openStation(hub, 'la-two', wire, { send: (upload) => ({ ...upload, unitRotation: forged(three.identity().deviceId) }) });
    opened.push(other);
    await other.sync().catch(() => undefined);
    expect(await epochOf()).toBe(1);
  });

  it('is not talked into sealing to an heir the hub invented, or to a key no step proves', async () => {
    const base = await openStation(hub, 'la-three', wire);
    opened.push(base);
    await three.admit(base);
    const invented = await openStation(hub, 'la-three', wire); // waits: nobody compared its code
    opened.push(invented);
    const lying = await openStation(hub, 'la-three', wire, {
      see: (directory) => ({
        ...directory,
        devices: directory.devices.map((device) => (device.id === invented.identity().deviceId ? { ...device, admitted: true, secretEpoch: 1, holder: new Uint8Array(32) } : device)),
      }),
    });
    opened.push(lying);
    await three.admit(lying);
    await hub.admin.revokeDevice(base.identity().deviceId);
    const secret = await write(lying);
    await hear(lying);
    expect(readAsThief(invented.copy(), wire).has(secret)).toBe(false);
    // a step for another unit, without the proof of the key before
    let isLying = false;
    const foreign = await openStation(hub, 'la-one', wire);
    opened.push(foreign);
    const victim = await openStation(hub, 'la-one', wire, {
      see: (directory) =>
        !isLying
          ? directory
          : {
              ...directory,
              units: directory.units.map((unit) => (unit.id === 'la-three' ? { ...unit, boxKey: new Uint8Array(32).fill(7), keyEpoch: 3 } : unit)),
              unitKeys: [...directory.unitKeys, invents(directory, foreign.identity())],
            },
    });
    opened.push(victim);
    await one.admit(victim);
    const pin = victim.identity().pins['la-three'];
    expect(victim.identity().pinEpochs?.['la-three']).toBe(2);
    isLying = true;
    await victim.sync();
    expect(victim.identity().pins['la-three']).toBe(pin);
  });

  it.each([
    ['does not see that a unit left', 'stale'],
    ['does not see that a device was revoked', 'revoked'],
    ['seals the next secret to the revoked device too', 'heir'],
  ] as const)('catches a device that %s', async (_name, flaw) => {
    const force = await taskforce('la-one', 'la-two', 'la-three');
    const lost = await open('la-two');
    await two.admit(lost);
    const flawed = await openStation(hub, 'la-two', wire, {
      see: (directory) => ({
        ...directory,
        buckets: directory.buckets.map((bucket) => (flaw === 'stale' ? { ...bucket, stale: false } : bucket)),
        devices: directory.devices.map((device) => (flaw === 'revoked' ? { ...device, revoked: false } : device)),
      }),
      send: (upload) =>
        flaw === 'heir' && upload.unitRotation
          ? { ...upload, unitRotation: { ...upload.unitRotation, secrets: [...upload.unitRotation.secrets, { device: lost.identity().deviceId, wrapped: new Uint8Array(200) }] } }
          : upload,
    });
    opened.push(flawed);
    await two.admit(flawed);
    await flawed.sync();
    if (flaw === 'stale') await hub.admin.leaveTaskforce(force, 'la-three');
    else await hub.admin.revokeDevice(lost.identity().deviceId);
    expect(await flawed.push(randomUUID(), ['u:la-two', `t:${force}`])).toBe('key-stale');
    await two.sync();
  });
});
