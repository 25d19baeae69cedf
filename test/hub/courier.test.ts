import { randomUUID, sign, verify, createPublicKey, X509Certificate, createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUNDLE_LIFE_MS, type BundleFrame, type BundleHead } from '#shared/contract/bundle.ts';
import { readBundle, writeBundle } from '#shared/contract/bundle-file.ts';
import type { PushRow } from '#shared/contract/sync.ts';
import { agreeWith, BUNDLE_CRYPTO, sealFor } from '../../src-hub/identity/bundle-crypto.ts';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines, tempDir } from './engines.ts';
import { editRow, makeRecord, newRow } from './rows.ts';
import { enrolDevice, makeDeviceKeys, startHub, startRegion, type Device, type RegionFixture } from './support.ts';

const RAW_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
const pinOf = (hub: Hub) => createHash('sha256').update(new X509Certificate(hub.caPem).raw).digest('hex').slice(0, 20);

describeEngines('bundles', (engine) => {
  let region: RegionFixture;
  let hub: Hub;
  let lao: Device;
  let filipino: Device;
  const folder = tempDir();
  let files = 0;
  const nextFile = () => path.join(folder, `${engine.name}-${files++}.suarbundle`);
  beforeAll(async () => {
    region = await startRegion(engine);
    ({ hub, lao, filipino } = region);
  });
  afterAll(() => region.close());

  /** A request of `device` as its application writes it. */
  async function request(device: Device, seq: number, rows: readonly PushRow[], over: Partial<BundleHead> = {}, signer = device): Promise<string> {
    const keys = (await device.directory()).hub;
    if (!keys) throw new Error('the hub has no keys');
    const now = Date.now();
    const head: BundleHead = { t: 'head', kind: 'request', id: randomUUID(), device: device.id, seq, hub: pinOf(hub), made: now, expires: now + BUNDLE_LIFE_MS, epoch: '', cursor: '', ...over };
    const parts: Uint8Array[] = [];
    const writer = writeBundle(BUNDLE_CRYPTO, sealFor(keys.boxKey), head, (bytes) => void parts.push(bytes));
    writer.add({ t: 'rows', rows });
    writer.end((bytes) => new Uint8Array(sign(null, bytes, signer.keys.signKey)));
    const file = nextFile();
    writeFileSync(file, Buffer.concat(parts));
    return file;
  }
  const answerTo = (device: Device, file: string) => framesFor(device, file, device.keys, ({ kind, device: id }) => kind === 'answer' && id === device.id);
  async function framesFor(device: Device, file: string, { boxKey, boxPublic }: Pick<Device['keys'], 'boxKey' | 'boxPublic'>, isMine: (head: BundleHead) => boolean): Promise<readonly BundleFrame[]> {
    const keys = (await device.directory()).hub;
    const reader = {
      boxKey: boxPublic,
      agree: (eph: Uint8Array) => agreeWith(boxKey, boxPublic, eph),
      isMine,
      verify: (_head: BundleHead, bytes: Uint8Array, signature: Uint8Array) =>
        verify(null, bytes, createPublicKey({ key: Buffer.concat([RAW_ED25519, keys?.signKey ?? new Uint8Array(32)]), format: 'der', type: 'spki' }), signature),
      now: Date.now(),
    };
    const bytes = readFileSync(file);
    const { frames } = await readBundle(BUNDLE_CRYPTO, reader, () => {
      let at = 0;
      return (length) => bytes.subarray(at, (at += length));
    });
    return [...frames()];
  }
  const rowsIn = (frames: readonly BundleFrame[]) => frames.flatMap((frame) => (frame.t === 'page' ? frame.rows : []));

  it('count once, however often they come and by whichever way', async () => {
    const record = makeRecord(lao);
    const other = makeRecord(lao);
    const file = await request(lao, 1, [newRow(record), newRow(other)]);
    const answer = nextFile();
    for (let again = 0; again < 2; again++) expect(await hub.admin.answerBundle(file, answer)).toMatchObject({ unit: 'la-cyber', accepted: 2, rejected: 0, conflicts: 0, answered: 2 });
    expect(await lao.push(newRow(record))).toEqual({ conflicts: [], rejected: [] });
    expect([...(await lao.pullAll()).keys()].sort()).toEqual([record.id, other.id].sort());
    const frames = await answerTo(lao, answer);
    expect(frames.find((frame) => frame.t === 'receipt')).toMatchObject({ accepted: expect.arrayContaining([[record.id, record.rev]]), rejected: [], conflicts: [] });
    expect(
      rowsIn(frames)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([record.id, other.id].sort());
  });

  it('say what was in the way and what was not allowed, and bring nothing of other units', async () => {
    const mine = makeRecord(lao);
    await lao.push(newRow(mine));
    const newer = editRow(lao, mine);
    await lao.push(newer);
    const secret = makeRecord(filipino);
    await filipino.push(newRow(secret));
    const foreign = makeRecord(lao, { owner: 'ph-acg' });
    const late = editRow(lao, mine);
    const answer = nextFile();
    const reading = await hub.admin.answerBundle(await request(lao, 2, [late, newRow(foreign)]), answer);
    expect(reading).toMatchObject({ accepted: 0, rejected: 1, conflicts: 1 });
    const frames = await answerTo(lao, answer);
    expect(frames.find((frame) => frame.t === 'receipt')).toMatchObject({
      rejected: [{ id: foreign.id, rev: foreign.rev, reason: 'not-owner' }],
      conflicts: [{ rev: late.rec.rev, row: { id: mine.id, rev: newer.rec.rev } }],
    });
    expect(rowsIn(frames).some(({ id }) => id === secret.id)).toBe(false);
    await expect(answerTo(filipino, answer)).rejects.toMatchObject({ code: 'bundle-misaddressed' });
  });

  it('are refused where they are older, expired, for another hub, or signed by somebody else, and take nothing', async () => {
    const before = (await lao.pullAll()).size;
    const row = () => newRow(makeRecord(lao));
    const answer = nextFile();
    const refusal = async (file: string) =>
      hub.admin.answerBundle(file, answer).then(
        () => 'taken',
        (error: unknown) => String(error),
      );
    await hub.admin.answerBundle(await request(lao, 7, []), nextFile());
    expect(await refusal(await request(lao, 6, [row()]))).toContain('newer bundle');
    expect(await refusal(await request(lao, 7, [row()]))).toContain('newer bundle'); // another one of the same number: a copied laptop
    expect(await refusal(await request(lao, 8, [row()], { made: 1000, expires: 2000 }))).toContain('expired');
    expect(await refusal(await request(lao, 8, [row()], { hub: '00'.repeat(10) }))).toContain('not for this hub');
    expect(await refusal(await request(lao, 8, [row()], {}, filipino))).toContain('signature');
    expect(await refusal(await request(lao, 8, [row()], { device: randomUUID() }))).toContain('signature');
    expect(await refusal(await request(lao, 8, [row()], { kind: 'answer' }))).toContain('not for this hub');
    const bent = readFileSync(await request(lao, 8, [row()]));
    bent[bent.length - 40] = (bent[bent.length - 40] ?? 0) ^ 1;
    const altered = nextFile();
    writeFileSync(altered, bent);
    expect(await refusal(altered)).toContain('altered');
    expect(existsSync(answer)).toBe(false);
    expect((await lao.pullAll()).size).toBe(before);
  });

  it('go to a unit unasked: its key opens everything it may read, nothing of others, and no other key does', async () => {
    await hub.admin.addUnit({ id: 'la-far', country: 'LA', kind: 'unit', name: 'A unit without a line' });
    await expect(hub.admin.deliverBundle('la-far', nextFile())).rejects.toThrow('nobody could read');
    await expect(hub.admin.deliverBundle('nowhere', nextFile())).rejects.toThrow('no unit');
    const unitKeys = await makeDeviceKeys();
    const far = await enrolDevice(hub, 'la-far', 'admin', { waiting: true });
    await far.uploadKeys({ unitBoxKey: unitKeys.boxPublic });
    const second = await enrolDevice(hub, 'la-far', 'officer', { admittedBy: far });
    const mine = makeRecord(far);
    await far.push(newRow(mine));
    const seen = async () =>
      ((await far.call('GET', '/v1/unit/devices')).body as { readonly devices: readonly { readonly id: string; readonly seenAt: string | null }[] }).devices.find(({ id }) => id === second.id)?.seenAt;
    expect(await seen()).toBeNull();

    const file = nextFile();
    expect(await hub.admin.deliverBundle('la-far', file)).toEqual({ devices: 2, records: 1 });
    const isFor = ({ kind, unit }: BundleHead) => kind === 'delivery' && unit === 'la-far';
    const frames = await framesFor(second, file, unitKeys, isFor);
    expect(rowsIn(frames)).toMatchObject([{ id: mine.id, rev: mine.rev }]);
    expect(frames.find((frame) => frame.t === 'directory')).toMatchObject({ keys: { admission: null, unitSecrets: [] } });
    expect(frames.find((frame) => frame.t === 'page')).toMatchObject({ from: '' });
    for (const keys of [filipino.keys, second.keys]) await expect(framesFor(second, file, keys, isFor)).rejects.toMatchObject({ code: 'bundle-misaddressed' });
    expect(await seen()).not.toBeNull(); // lost, it could have held what was delivered

    await hub.admin.revokeDevice(second.id);
    await expect(hub.admin.deliverBundle('la-far', nextFile())).rejects.toThrow('still holds the key');
    await hub.admin.revokeDevice(far.id);
    await expect(hub.admin.deliverBundle('la-far', nextFile())).rejects.toThrow('nobody could read');
    for (const device of [far, second]) device.close();
  });

  it('of devices that are revoked or wait to be admitted are refused', async () => {
    const lost = await enrolDevice(hub, 'la-cyber', 'officer', { admittedBy: lao });
    const file = await request(lost, 1, [newRow(makeRecord(lost))]);
    await hub.admin.revokeDevice(lost.id);
    await expect(hub.admin.answerBundle(file, nextFile())).rejects.toThrow('revoked');
    const waiting = await enrolDevice(hub, 'la-cyber', 'officer', { waiting: true });
    await expect(hub.admin.answerBundle(await request(waiting, 1, []), nextFile())).rejects.toThrow('not admitted');
    for (const device of [lost, waiting]) device.close();
  });

  it('of another hub are refused although the device is known there', async () => {
    const file = await request(lao, 9, []);
    const other = await startHub(engine);
    try {
      await expect(other.admin.answerBundle(file, nextFile())).rejects.toThrow('not for this hub');
    } finally {
      await other.close();
    }
  });
});
