import { expect, it } from 'vitest';
import { ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Directory, DirectoryBucket } from '#shared/contract/sync.ts';
import type { Identity } from '../../../src-main/keys/identity.ts';
import type { HubClient } from '../../../src-main/link/hub-client.ts';
import { exchangeKeys } from '../../../src-main/link/session.ts';
import { admittedDevice, directoryOf, withBucketKey } from './device.ts';

const lao = admittedDevice('la');
const manila = admittedDevice('ph');
const hubKeys = (n: number) => ({ signKey: new Uint8Array(32).fill(n), boxKey: new Uint8Array(32).fill(n) });
const base = directoryOf(lao.identity, { la: lao.unitKey }, { cursor: 'e1:7', hub: hubKeys(1) });
const far = directoryOf(manila.identity, { ph: manila.unitKey }).devices;
const bucketOf = (epoch: number): DirectoryBucket => ({ id: 't:op', kind: 'taskforce', name: 'op', members: ['la'], epoch, stale: false, lacking: [] });

/** One exchange of a device that holds `known`, with a hub that answers `directory`; the paths it asked for. */
async function exchange(known: Directory | undefined, directory: unknown, identity: Identity = lao.identity, met: readonly string[] = []) {
  const asked: string[] = [];
  const request = (method: string, path: string): Promise<Result<unknown, AppError>> => {
    asked.push(`${method} ${path}`);
    return Promise.resolve(ok(path.startsWith('/v1/directory') ? directory : { admission: null, unitSecrets: [], bucketKeys: [] }));
  };
  let current = identity;
  const answer = await exchangeKeys({ request } as unknown as HubClient, { current: () => current, save: (next) => (current = next) }, { known, met });
  return { answer, asked: asked.slice(0, 2) };
}

it('asks for what changed since the directory it holds, and who those are that it met', async () => {
  const changes = { ...base, since: 'e1:7', cursor: 'e1:9', units: [], devices: far, buckets: [] };
  const { answer, asked } = await exchange(base, changes, lao.identity, [manila.identity.deviceId]);
  expect(asked).toEqual([`GET /v1/directory?since=e1%3A7&met=${manila.identity.deviceId}`, 'GET /v1/keys?since=e1%3A7']);
  expect(answer).toMatchObject({ ok: true, value: { cursor: 'e1:9', units: base.units } });
  expect(answer.ok && new Set(answer.value.devices.map(({ id }) => id))).toEqual(new Set([lao.identity.deviceId, manila.identity.deviceId]));
  expect((await exchange(undefined, base)).asked).toEqual(['GET /v1/directory', 'GET /v1/keys']);
});

it('takes no changes since something else', async () => {
  for (const known of [base, undefined]) expect((await exchange(known, { ...base, since: 'e1:3' })).answer).toEqual({ ok: false, error: { code: 'hub-garbage' } });
});

it('keeps those it met through a restore of the hub, and nobody of another hub', async () => {
  const known = { ...base, devices: [...base.devices, ...far] };
  const idsOf = async (next: Directory) => {
    const { answer } = await exchange(known, next);
    return answer.ok && answer.value.devices.map(({ id }) => id);
  };
  expect(await idsOf({ ...base, epoch: 'e2', cursor: 'e2:1' })).toEqual([lao.identity.deviceId, manila.identity.deviceId]);
  expect(await idsOf({ ...base, epoch: 'e2', cursor: 'e2:1', hub: hubKeys(2) })).toEqual([lao.identity.deviceId]);
});

it('asks for every bucket key while it lacks one that the directory names', async () => {
  const known = { ...base, buckets: [bucketOf(2)] };
  const key = new Uint8Array(32);
  const some = withBucketKey(lao.identity, 't:op', 2, key);
  const keysAsked = async (identity: Identity) => (await exchange(known, known, identity)).asked[1];
  expect(await keysAsked(some)).toBe('GET /v1/keys');
  expect(await keysAsked(withBucketKey(some, 't:op', 1, key))).toBe('GET /v1/keys?since=e1%3A7');
});
