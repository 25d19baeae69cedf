import fc from 'fast-check';
import { canonicalText } from '#shared/domain/record/merge.ts';
import { FORBIDDEN, HubStandIn, type HubFlaws } from './hub-stand-in.ts';
import { CourierStandIn, type CourierFlaws } from './courier-stand-in.ts';
import { NO_FAULTS, type LineFaults } from './faulty-link.ts';
import { caseBody } from './records.ts';
import { createSeededNumbers } from './seeded.ts';
import { openDevice, quiesce, type DeviceFlaws, type SimulatedDevice } from './simulated-device.ts';

/** One step of a device; `device` and `pick` are taken modulo what there is. */
type DeviceStep =
  | { readonly kind: 'insert' | 'remove' | 'observable' | 'wake' | 'restart'; readonly device: number; readonly pick: number }
  | { readonly kind: 'title' | 'summary'; readonly device: number; readonly pick: number; readonly forbidden: boolean }
  | { readonly kind: 'bundle' | 'carry' | 'answer'; readonly device: number; readonly pick: number }
  | { readonly kind: 'line'; readonly device: number; readonly online: boolean }
  | { readonly kind: 'pause'; readonly ms: number };
/** One step of a simulated run. */
export type Step = DeviceStep | { readonly kind: 'backup' } | { readonly kind: 'restore' };

/** A whole run: devices, line faults and steps. */
export interface Run {
  readonly seed: number;
  readonly devices: number;
  readonly faults: LineFaults;
  readonly steps: readonly Step[];
}

const nat = fc.nat({ max: 1000 });
const step: fc.Arbitrary<DeviceStep> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('insert' as const), device: nat, pick: nat }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('title' as const, 'summary' as const), device: nat, pick: nat, forbidden: fc.integer({ min: 0, max: 9 }).map((n) => n === 0) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('observable' as const), device: nat, pick: nat }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'wake' as const, 'restart' as const), device: nat, pick: nat }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('bundle' as const, 'carry' as const, 'answer' as const), device: nat, pick: nat }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('line' as const), device: nat, online: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 12 }) }) },
);

/** A stretch of work, a backup, more work whose hub is lost, a restore, and work after it. */
export const anyRestoredRun: fc.Arbitrary<Run> = fc
  .record({
    seed: fc.nat({ max: 100_000 }),
    devices: fc.integer({ min: 2, max: 4 }),
    faults: fc.record({ drop: fc.constantFrom(0, 0.2), lostAnswer: fc.constantFrom(0, 0.3), duplicate: fc.constant(0), delayMs: fc.constantFrom(0, 6) }),
    before: fc.array(step, { minLength: 3, maxLength: 15 }),
    lost: fc.array(step, { minLength: 3, maxLength: 20 }),
    after: fc.array(step, { maxLength: 10 }),
    restWell: fc.boolean(),
  })
  .map(({ seed, devices, faults, before, lost, after, restWell }) => {
    const rest: Step[] = restWell ? [{ kind: 'pause', ms: 60 }] : [];
    // an edit the hub refuses, upon a record it lost, stays with its author: nothing to compare
    const plain = (steps: DeviceStep[]): Step[] => steps.map((each) => ('forbidden' in each ? { ...each, forbidden: false } : each));
    return { seed, devices, faults, steps: [...plain(before), ...rest, { kind: 'backup' }, ...plain(lost), ...rest, { kind: 'restore' }, ...plain(after)] };
  });

/** Random runs of two to four devices. */
export const anyRun: fc.Arbitrary<Run> = fc.record({
  seed: fc.nat({ max: 100_000 }),
  devices: fc.integer({ min: 2, max: 4 }),
  faults: fc.record({ drop: fc.constantFrom(0, 0.2), lostAnswer: fc.constantFrom(0, 0.3), duplicate: fc.constantFrom(0, 0.3), delayMs: fc.constantFrom(0, 6) }),
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
});

/** What is planted to see whether the checker finds it. */
export interface Flaws {
  readonly hub?: HubFlaws;
  readonly device?: DeviceFlaws;
  readonly courier?: CourierFlaws;
}

/** An acknowledged write: its text can be found later, unless a later write saw it and replaced it. */
interface History {
  readonly written: Map<string, string>;
  readonly replaced: Set<string>;
  readonly removed: Set<string>;
  next: number;
}

/** Plays a run, heals the lines, waits for quiet and lists every broken promise; an empty list is a pass. */
export async function playAndCheck({ seed, devices: count, faults, steps }: Run, flaws: Flaws = {}, quietMs = 4000): Promise<string[]> {
  const hub = new HubStandIn(flaws.hub);
  const devices: SimulatedDevice[] = [];
  try {
    for (let n = 0; n < count; n++) devices.push(await openDevice(hub, n, seed + 1, flaws.device ? { flaws: flaws.device } : {}));
    for (const device of devices) device.line.faults = faults;
    const couriers = devices.map((device) => new CourierStandIn(device, hub, flaws.courier));
    const history: History = { written: new Map(), replaced: new Set(), removed: new Set(), next: 0 };
    const random = createSeededNumbers(seed);
    await act({ kind: 'insert', device: 0, pick: 0 }, devices, couriers, history);
    for (const each of steps) {
      if (each.kind === 'backup') hub.backUp();
      else if (each.kind === 'restore') hub.restore();
      else await act(each, devices, couriers, history);
      if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, random() * 4));
    }
    for (const device of devices) {
      device.line.online = true;
      device.line.faults = NO_FAULTS;
    }
    const quiet = await quiesce(hub, devices, quietMs);
    return await check(hub, devices, history, quiet);
  } finally {
    for (const device of devices) await device.close();
  }
}

async function act(step: DeviceStep, devices: readonly SimulatedDevice[], couriers: readonly CourierStandIn[], history: History): Promise<void> {
  if (step.kind === 'pause') return new Promise((resolve) => setTimeout(resolve, step.ms));
  const device = devices[step.device % devices.length];
  if (device === undefined) return;
  if (step.kind === 'line') {
    device.line.online = step.online;
    if (step.online) device.sync.wake();
    return;
  }
  const courier = couriers[step.device % couriers.length];
  if (step.kind === 'bundle') return courier?.make();
  if (step.kind === 'carry') return courier?.carry(step.pick);
  if (step.kind === 'answer') return courier?.take(step.pick);
  if (step.kind === 'wake') return device.sync.wake();
  if (step.kind === 'restart') {
    await device.sync.stop();
    return device.sync.start();
  }
  const text = `${step.kind}~${history.next++}~`;
  if (step.kind === 'insert') {
    const made = await device.cases.insert({ body: caseBody({ title: text }), status: 'new', tlp: 'AMBER' });
    if (made.ok) history.written.set(text, made.value.id);
    return;
  }
  const records = await device.records();
  const id = records[step.pick % Math.max(1, records.length)]?.id;
  if (id === undefined) return;
  if (step.kind === 'remove') {
    const [row] = await device.db.collections.record
      .findByIds([id])
      .exec()
      .then((docs) => [...docs.values()]);
    const before = JSON.stringify(row?.toMutableJSON() ?? {});
    if (!(await device.cases.remove(id)).ok) return;
    for (const seen of history.written.keys()) if (before.includes(seen)) history.replaced.add(seen);
    history.removed.add(id);
    return;
  }
  let seen: string | undefined;
  const done = await device.cases.update(id, ({ body }) => {
    if (step.kind === 'observable') return { body: { ...body, observables: [...body.observables, { kind: 'domain', value: text, key: text }] } };
    if (step.kind !== 'title' && step.kind !== 'summary') return {};
    const value = step.forbidden ? `${text}${FORBIDDEN}` : text;
    seen = body[step.kind];
    return { body: { ...body, [step.kind]: value } };
  });
  if (!done.ok) return;
  history.written.set(text, id);
  if (seen) for (const old of history.written.keys()) if (old !== text && seen.startsWith(old)) history.replaced.add(old);
}

async function check(hub: HubStandIn, devices: readonly SimulatedDevice[], history: History, quiet: boolean): Promise<string[]> {
  const broken: string[] = [];
  if (!quiet) broken.push(`the outbox does not drain: ${devices.map((device) => device.state().pending).join(', ')}`);
  const live = hub.live();
  let everything = canonicalText([...live.values()]);
  let versions = '';
  for (const device of devices) {
    const aside = await device.setAside();
    const unaccepted = new Set(aside.filter((edit) => edit.neverAccepted).map((edit) => edit.recordId));
    const records = await device.records();
    everything += canonicalText(aside) + canonicalText(records.filter((record) => unaccepted.has(record.id)));
    versions += canonicalText(records) + canonicalText(await device.versions());
    const synced = records.filter((record) => !unaccepted.has(record.id));
    if (synced.length !== live.size) broken.push(`device ${device.n} has ${synced.length} records, the hub ${live.size}`);
    for (const record of synced) {
      const master = live.get(record.id);
      if (master === undefined) broken.push(`device ${device.n} has a record the hub does not`);
      else if (canonicalText({ ...master, _deleted: undefined }) !== canonicalText(record))
        broken.push(`device ${device.n} differs from the hub: ${canonicalText(record.body)} / ${canonicalText(master.body)}`);
    }
    for (const id of history.removed) if (records.some((record) => record.id === id)) broken.push(`device ${device.n} shows a deleted record`);
  }
  for (const id of history.removed) if (live.has(id)) broken.push('the hub shows a deleted record');
  for (const [text, id] of history.written) if (!history.removed.has(id) && !versions.includes(text)) broken.push(`no history holds a version there was: ${text}`);
  for (const [text] of history.written) if (!history.replaced.has(text) && !everything.includes(text)) broken.push(`an acknowledged edit is lost: ${text}`);
  return broken;
}
