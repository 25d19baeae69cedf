import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Directory, KeyAnswer, KeyUpload } from '#shared/contract/sync.ts';
import { createIdentity, type Identity } from '../../../src-main/keys/identity.ts';
import { toDirectoryView } from '../../../src-main/link/session.ts';
import { sealBucketKey } from '../../../src-main/link/bucket-key-box.ts';
import { admissionCode, admissionFor, bucketKeysOf, keyCount, missingKeys, takeInKeys } from '../../../src-main/link/unit-keys.ts';
import { admittedDevice, directoryOf, listed } from './device.ts';

const NOTHING: KeyAnswer = { admission: null, unitSecrets: [], bucketKeys: [] };
const fresh = (unit = 'la'): Identity => ({ ...createIdentity('Invented Officer'), hub: { host: 'h', port: 1, ca: '', cert: '', unit, role: 'officer' } });
const made = (identity: Identity, directory: Directory) => {
  const missing = missingKeys(identity, directory);
  if (!missing) throw new Error('nothing missing');
  return missing;
};

describe('the first device of a unit', () => {
  it('makes the secret, publishes its public half, and uses it only once the hub shows it', () => {
    const identity = fresh();
    const first = made(identity, directoryOf(identity, { la: null }));
    expect(first.identity.unitConfirmed).toBe(false);
    expect(bucketKeysOf(first.identity).own).toBeUndefined();
    const confirmed = takeInKeys(first.identity, directoryOf(identity, { la: first.upload.unitBoxKey ?? null }), NOTHING);
    expect([confirmed.unitConfirmed, confirmed.unitSecret, keyCount(confirmed)]).toEqual([true, first.identity.unitSecret, 1]);
    expect(bucketKeysOf(confirmed).own?.bucket).toBe('u:la');
  });

  it('publishes the same secret again when the answer was lost', () => {
    const identity = fresh();
    const directory = directoryOf(identity, { la: null });
    const first = made(identity, directory);
    const again = made(first.identity, directory);
    expect(again.identity).toBe(first.identity);
    expect(again.upload).toEqual(first.upload);
  });

  it('gives its secret up where another device was faster, and takes in the one it is admitted to', () => {
    const winner = admittedDevice('la');
    const identity = fresh();
    const lost = made(identity, directoryOf(identity, { la: null })).identity;
    const directory = directoryOf(identity, { la: winner.unitKey });
    const waiting = takeInKeys(lost, directory, NOTHING);
    expect([waiting.unitSecret, waiting.unitConfirmed]).toEqual([new Uint8Array(), false]);
    expect(missingKeys(waiting, directory)).toBeUndefined();
    const upload = admit(winner.identity, identity);
    const admitted = takeInKeys(waiting, directory, { ...NOTHING, admission: upload?.admissions?.[0]?.wrapped ?? null });
    expect([admitted.unitSecret, admitted.unitConfirmed]).toEqual([winner.identity.unitSecret, true]);
  });
});

/** What both officers read out for a device. */
const codeOf = (device: Identity) => admissionCode(listed(device).signKey, listed(device).boxKey);
/** Admits `to` from a device that has seen its keys. */
const admit = (from: Identity, to: Identity, code = codeOf(to)) => admissionFor(takeInKeys(from, { ...directoryOf(from, {}), devices: [listed(to)] }, NOTHING), listed(to), code);

describe('admission', () => {
  const colleague = admittedDevice('la');
  const identity = fresh();
  const directory = directoryOf(identity, { la: colleague.unitKey });
  const wrappedFor = (from: Identity, to = identity) => admit(from, to)?.admissions?.[0]?.wrapped ?? null;

  it.each([
    ['a secret that is not the published one', () => wrappedFor(admittedDevice('la').identity)],
    ['a secret wrapped to another device', () => wrappedFor(colleague.identity, fresh())],
    ['garbage', () => randomBytes(124)],
    ['nothing at all', () => new Uint8Array(0)],
    ['a public key of low order', () => new Uint8Array(124)],
  ])('refuses %s', (_name, admission) => {
    expect(takeInKeys(identity, directory, { ...NOTHING, admission: admission() }).unitConfirmed).toBe(false);
  });

  it('seals nothing to a device key nobody can agree with', () => {
    const low = { sign: randomBytes(32), box: new Uint8Array(32) };
    const pinned = { ...colleague.identity, devicePins: { x: { sign: low.sign.toString('base64'), box: Buffer.from(low.box).toString('base64') } } };
    expect(admissionFor(pinned, { id: 'x' }, admissionCode(low.sign, low.box))).toBeUndefined();
  });

  it('is refused where the compared code is not that of the keys first seen', () => {
    expect(admit(colleague.identity, identity, 'ABCD EF01 2345 6789')).toBeUndefined();
    expect(admissionFor(colleague.identity, listed(identity), codeOf(identity))).toBeUndefined();
  });

  it('is compared by a code that follows both keys of the device', () => {
    const [a, b] = [randomBytes(32), randomBytes(32)];
    expect(admissionCode(a, b)).toMatch(/^([0-9A-F]{4} ){3}[0-9A-F]{4}$/);
    expect(admissionCode(a, b)).not.toBe(admissionCode(b, a));
    expect(admissionCode(Buffer.from('ab', 'hex'), Buffer.from('cd', 'hex'))).toBe(admissionCode(Buffer.from('ab', 'hex'), Buffer.from('cd', 'hex')));
  });
});

describe('pins', () => {
  it('keep the first key of a unit and show a change, which is never followed', () => {
    const device = admittedDevice('la');
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const known = takeInKeys(device.identity, directoryOf(device.identity, { la: device.unitKey, ph: first, vu: null }), NOTHING);
    expect(known.pins['ph']).toBe(first.toString('base64'));
    expect(known.pins['vu']).toBeUndefined();
    const changed = directoryOf(device.identity, { la: device.unitKey, ph: second, vu: second });
    const after = takeInKeys(known, changed, NOTHING);
    expect(after.pins['ph']).toBe(first.toString('base64'));
    expect(bucketKeysOf(after).unitPublicKey('ph')).toEqual(first);
    expect(toDirectoryView(changed, after).units.map(({ id, keyChanged, ready }) => [id, keyChanged, ready])).toEqual([
      ['la', false, true],
      ['ph', true, true],
      ['vu', false, true],
    ]);
  });

  it('answer the same object where nothing is new', () => {
    const device = admittedDevice('la');
    const directory = directoryOf(device.identity, { la: device.unitKey });
    const known = takeInKeys(device.identity, directory, NOTHING);
    expect(takeInKeys(known, directory, NOTHING)).toBe(known);
  });
});

describe('taskforce keys', () => {
  const manila = admittedDevice('ph');
  const vientiane = admittedDevice('la', [manila]);
  const self: Identity = { ...vientiane.identity, pins: { ...vientiane.identity.pins, la: Buffer.from(vientiane.unitKey).toString('base64') } };
  const bucket = { id: 't:op', kind: 'taskforce', name: 'Op', members: ['la', 'ph'], epoch: 0, stale: false, lacking: [] };
  const directory = directoryOf(self, { la: vientiane.unitKey, ph: manila.unitKey }, { buckets: [bucket] });
  const wrappedOf = (upload: KeyUpload) => (upload.bucketKeys ?? []).map(({ bucket: id, epoch, wrapped }) => ({ bucket: id, epoch, wrapped }));

  it('are made for every member at once and opened by each', () => {
    const { upload } = made(self, directory);
    expect(upload.bucketKeys?.map(({ unit, epoch }) => [unit, epoch])).toEqual([
      ['la', 1],
      ['ph', 1],
    ]);
    const opened = [self, manila.identity].map((identity) => takeInKeys(identity, directory, { admission: null, unitSecrets: [], bucketKeys: wrappedOf(upload) }));
    expect(opened.map((identity) => keyCount(identity))).toEqual([2, 2]);
    expect(opened[0]?.bucketKeys).toEqual(opened[1]?.bucketKeys);
    const outsider = takeInKeys(admittedDevice('vu').identity, directory, { admission: null, unitSecrets: [], bucketKeys: wrappedOf(upload) });
    expect(outsider.bucketKeys).toEqual({});
  });

  it('are not made while a member has no pinned key, by no member, or where there is one', () => {
    expect(missingKeys({ ...self, pins: { la: self.pins['la'] ?? '' } }, directory)).toBeUndefined();
    expect(missingKeys(self, { ...directory, buckets: [{ ...bucket, members: ['ph'] }] })).toBeUndefined();
    expect(missingKeys(self, { ...directory, buckets: [{ ...bucket, epoch: 1 }] })).toBeUndefined();
    expect(missingKeys({ ...self, unitConfirmed: false }, directory)).toBeUndefined();
  });

  it('are not made where one member has a key nobody can agree with', () => {
    expect(missingKeys({ ...self, pins: { ...self.pins, ph: Buffer.alloc(32).toString('base64') } }, directory)).toBeUndefined();
  });

  it('of an epoch already held do not change, and the newest is used', () => {
    const upload = wrappedOf(made(self, directory).upload);
    const held = takeInKeys(self, directory, { admission: null, unitSecrets: [], bucketKeys: upload });
    const replayed = takeInKeys(held, directory, { admission: null, unitSecrets: [], bucketKeys: wrappedOf(made(self, directory).upload) });
    expect(replayed.bucketKeys).toEqual(held.bucketKeys);
    const signed = (epoch: number) => ({ bucket: 't:op', epoch, wrapped: sealBucketKey(self, vientiane.unitKey, 't:op', epoch, randomBytes(32)) ?? new Uint8Array() });
    const next = takeInKeys(held, directory, { admission: null, unitSecrets: [], bucketKeys: [signed(2), { ...signed(1), epoch: 3 }] });
    expect([bucketKeysOf(next).current('t:op')?.epoch, bucketKeysOf(next).ofEpoch('t:op', 1) !== undefined]).toEqual([2, true]);
    expect(bucketKeysOf(takeInKeys(held, directory, { admission: null, unitSecrets: [], bucketKeys: [signed(10)] })).current('t:op')?.epoch).toBe(1);
  });
});
