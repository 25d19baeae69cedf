/** Random lives of units, devices and taskforces: who may read reads everything, and nobody reads on who left or whose laptop was stolen. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Identity } from '../../src-main/keys/identity.ts';
import { describeEngines } from './engines.ts';
import { newWire, openStation, type Flaws, type Station } from './station.ts';
import { startHub } from './support.ts';
import { readAsThief } from './thief.ts';

const UNITS = ['la-one', 'la-two', 'la-three'] as const;
const FORCES = ['kingfisher', 'heron'] as const;
const STEPS = 22;

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Outcome {
  /** Pushes that were refused. */
  readonly refused: readonly string[];
  /** Records a member cannot read. */
  readonly missing: readonly string[];
  /** Records somebody reads who must not. */
  readonly leaked: readonly string[];
  /** Records a thief could read from before: the eavesdropper works. */
  readonly earlier: number;
}

async function live(engine: Parameters<Parameters<typeof describeEngines>[1]>[0], seed: number, flaws: Flaws = {}): Promise<Outcome> {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] ?? (items[0] as T);
  const hub = await startHub(engine);
  await hub.admin.seedRegion({ units: UNITS.map((id) => ({ id, country: 'LA', kind: 'unit', name: id })) });
  const wire = newWire();
  const stations: Station[] = [];
  const all: Station[] = [];
  const records: { readonly id: string; readonly unit: string; readonly force: string }[] = [];
  const thieves: { readonly name: string; readonly keys: Identity; readonly from: number; readonly force: string }[] = [];
  const members = new Map<string, Set<string>>();
  const former = new Map<string, Set<string>>(FORCES.map((force) => [force, new Set()]));
  const joined = new Set<string>();
  const refused: string[] = [];
  const enrol = async (unit: string): Promise<void> => {
    const station = await openStation(hub, unit, wire, flaws);
    const colleague = stations.find((known) => known.unit === unit);
    if (colleague) await colleague.admit(station);
    stations.push(station);
    all.push(station);
  };
  for (const unit of UNITS) await enrol(unit);
  for (const force of FORCES) {
    members.set(force, new Set(['la-one', 'la-two']));
    await hub.admin.addTaskforce({ id: force, name: force, members: ['la-one', 'la-two'] });
  }
  for (const station of stations) await station.sync();
  const steps: readonly (() => Promise<void>)[] = [
    async () => {
      const station = pick(stations);
      const force = pick(['', ...FORCES.filter((known) => members.get(known)?.has(station.unit))]);
      const id = randomUUID();
      const problem = await station.push(id, [`u:${station.unit}`, ...(force ? [`t:${force}`] : [])]);
      // who joined waits for a member to hand the key over
      if (problem === 'key-missing' && joined.has(`${station.unit} ${force}`)) return;
      if (problem) refused.push(`${station.unit} ${force} ${problem}`);
      else records.push({ id, unit: station.unit, force });
    },
    async () => {
      const force = pick(FORCES);
      const unit = pick(UNITS);
      // who comes back is handed what was written meanwhile: no thief of that
      if (members.get(force)?.has(unit) || former.get(force)?.has(unit)) return;
      await hub.admin.addTaskforce({ id: force, name: force, members: [unit] });
      members.get(force)?.add(unit);
      joined.add(`${unit} ${force}`);
    },
    async () => {
      const force = pick(FORCES);
      const unit = pick([...(members.get(force) ?? [])]);
      if ((members.get(force)?.size ?? 0) < 2) return;
      // what only a unit that left could hand over is lost to who joined (docs/adr/0021): here it was online once before
      for (const station of stations) await station.sync();
      const keys = stations.find((station) => station.unit === unit)?.copy();
      await hub.admin.leaveTaskforce(force, unit);
      members.get(force)?.delete(unit);
      former.get(force)?.add(unit);
      if (keys) thieves.push({ name: `${unit} out of ${force}`, keys, from: records.length, force });
    },
    () => enrol(pick(UNITS)),
    async () => {
      const station = pick(stations);
      if (stations.filter(({ unit }) => unit === station.unit).length < 2) return;
      await station.read();
      const keys = station.copy();
      stations.splice(stations.indexOf(station), 1);
      await hub.admin.revokeDevice(station.identity().deviceId);
      thieves.push({ name: `laptop of ${station.unit}`, keys, from: records.length, force: '' });
    },
    async () => void (await pick(stations).sync()),
  ];
  for (let step = 0; step < STEPS; step++) await (random() < 0.45 ? steps[0] : pick(steps))?.();
  const missing: string[] = [];
  // keys are handed over by whoever has them: two rounds bring them to everybody
  for (let round = 0; round < 2; round++) for (const station of stations) await station.sync();
  for (const station of stations) {
    const seen = new Set((await station.read()).ids);
    for (const { id, unit, force } of records) if ((unit === station.unit || members.get(force)?.has(station.unit)) && !seen.has(id)) missing.push(`${station.unit} ${unit} ${force}`);
  }
  const leaked: string[] = [];
  let earlier = 0;
  for (const { name, keys, from, force } of thieves) {
    const read = readAsThief(keys, wire);
    earlier += records.slice(0, from).filter(({ id }) => read.has(id)).length;
    // a unit that left still reads its own and those of other taskforces it is in
    for (const record of records.slice(from))
      if (read.has(record.id) && (force === '' || (record.force === force && !name.startsWith(`${record.unit} `)))) leaked.push(`${name}: ${record.unit} ${record.force}`);
  }
  all.forEach((station) => station.close());
  await hub.close();
  return { refused, missing, leaked, earlier };
}

describeEngines('rotation over random lives', (engine) => {
  it.each([2, 3])('seed %i: members read everything, thieves nothing that came later', async (seed) => {
    const { earlier, ...outcome } = await live(engine, seed);
    expect(outcome).toEqual({ refused: [], missing: [], leaked: [] });
    expect(earlier).toBeGreaterThan(0);
  });

  it('finds devices that hand nothing over, and devices that do not see what must be replaced', async () => {
    const stingy = await live(engine, 2, { see: (directory) => ({ ...directory, buckets: directory.buckets.map((bucket) => ({ ...bucket, lacking: [] })) }) });
    expect(stingy.missing.length + stingy.refused.length).toBeGreaterThan(0);
    const blind = await live(engine, 2, {
      see: (directory) => ({ ...directory, devices: directory.devices.map((device) => ({ ...device, revoked: false })), buckets: directory.buckets.map((bucket) => ({ ...bucket, stale: false })) }),
    });
    expect(blind.refused.length + blind.leaked.length).toBeGreaterThan(0);
  });
});
