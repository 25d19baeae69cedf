import type { Result } from '#shared/base/result.ts';
import { err, ok } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { DirectoryView } from '#shared/contract/link.ts';
import { applyChanges } from '#shared/contract/directory.ts';
import { MAX_MET_DEVICES, type Directory, type KeyUpload } from '#shared/contract/sync.ts';
import type { Identity } from '../keys/identity.ts';
import { checkAnswer, DirectoryAnswerSchema, KeyAnswerSchema } from './answers.ts';
import type { HubClient } from './hub-client.ts';
import { admissionCode, missingKeys, takeInKeys } from './unit-keys.ts';

/** The unlocked identity and how it is changed: `save` returns only after the new one is on disk. */
export interface IdentityHolder {
  readonly current: () => Identity;
  readonly save: (next: Identity) => void;
}

/** Most rounds of one exchange: what is missing beyond them waits for the next. */
const ROUNDS = 32;

/** Tells one upload from the next without the keys in it, which are new each time. */
function planOf({ unitBoxKey, holder, unitRotation, bucketKeys = [] }: KeyUpload): string {
  return JSON.stringify([unitBoxKey !== undefined, holder?.epoch, unitRotation?.epoch, bucketKeys.map(({ bucket, epoch, unit }) => [bucket, epoch, unit])]);
}

/**
 * Makes, publishes and takes in keys until nothing is missing or the hub takes no more; answers the directory. A unit's first secret is on disk before it is published; every
 * later key is sealed to the own unit as well and taken in from the hub's answer, so that of two makers at once one wins for all.
 */
export async function exchangeKeys(client: HubClient, holder: IdentityHolder, { known, met = [] }: DirectoryHeld = {}): Promise<Result<Directory, AppError>> {
  let tried = '';
  let held = known;
  for (let round = 0; round < ROUNDS; round++) {
    // asked together: a round trip is most of what these cost on a bad line
    const asked = [fetchDirectory(client, held, round === 0 ? met : []), client.request('GET', keysPath(holder.current(), held))] as const;
    const directory = await asked[0];
    const answer = checkAnswer(KeyAnswerSchema, await asked[1]);
    if (!directory.ok) return directory;
    if (!answer.ok) return answer;
    held = directory.value;
    const taken = takeInKeys(holder.current(), directory.value, answer.value);
    if (taken !== holder.current()) holder.save(taken);
    keepAddresses(holder, directory.value.addresses);
    const missing = missingKeys(holder.current(), directory.value);
    if (!missing) return directory;
    // Another device's keys won, or the hub does not take ours: they are no reason to stay offline.
    if (planOf(missing.upload) === tried && !missing.upload.unitBoxKey) return directory;
    tried = planOf(missing.upload);
    if (missing.identity !== holder.current()) holder.save(missing.identity);
    const uploaded = await uploadKeys(client, missing.upload);
    if (!uploaded.ok) return uploaded;
  }
  return err({ code: 'hub-garbage' });
}

/** The directory a device has, and devices it met that are not in it. */
export interface DirectoryHeld {
  readonly known?: Directory | undefined;
  readonly met?: readonly string[];
}

/** The directory as it is now: what changed since the one held, or the whole. */
async function fetchDirectory(client: HubClient, held: Directory | undefined, met: readonly string[]): Promise<Result<Directory, AppError>> {
  const since = held?.cursor ?? '';
  const query = [since && `since=${encodeURIComponent(since)}`, met.length > 0 && `met=${met.slice(0, MAX_MET_DEVICES).join()}`].filter(Boolean).join('&');
  const answer = checkAnswer(DirectoryAnswerSchema, await client.request('GET', `/v1/directory${query && '?'}${query}`));
  if (!answer.ok) return answer;
  if (!('since' in answer.value)) return ok(withMet(answer.value as Directory, held));
  return held && answer.value.since === since ? ok(applyChanges(held, answer.value)) : err({ code: 'hub-garbage' });
}

/** Bucket keys are asked for since the directory that is held, where every epoch it names is held too: what could not be opened then may be now. */
function keysPath({ bucketKeys }: Identity, held: Directory | undefined): string {
  const isWhole = held?.buckets.every(({ id, kind, epoch }) => kind === 'unit' || Array.from({ length: epoch }, (_, n) => bucketKeys[id]?.[String(n + 1)]).every((key) => key !== undefined));
  return held?.cursor !== undefined && isWhole ? `/v1/keys?since=${encodeURIComponent(held.cursor)}` : '/v1/keys';
}

/** A whole directory, as after a restore of the hub, and beside it the devices of other units that were met before at this hub: records they wrote keep their names. */
function withMet(directory: Directory, held: Directory | undefined): Directory {
  if (!held?.hub || !directory.hub || !Buffer.from(held.hub.signKey).equals(directory.hub.signKey)) return directory;
  const told = new Set(directory.devices.map(({ id }) => id));
  const met = held.devices.filter(({ id, unit }) => unit !== directory.self.unit && !told.has(id));
  return met.length === 0 ? directory : { ...directory, devices: [...directory.devices, ...met] };
}

/** The hubs to try when this one does not answer; all prove themselves to the CA pinned at enrolment. */
function keepAddresses(holder: IdentityHolder, addresses: readonly string[]): void {
  const identity = holder.current();
  if (!identity.hub || addresses.join(' ') === (identity.hub.addresses ?? []).join(' ')) return;
  holder.save({ ...identity, hub: { ...identity.hub, addresses } });
}

/** Hands wrapped keys to the hub. */
export async function uploadKeys(client: HubClient, upload: KeyUpload): Promise<Result<null, AppError>> {
  const answer = await client.request('POST', '/v1/keys', upload);
  return answer.ok ? ok(null) : answer;
}

/** The directory without keys, for the window. */
export function toDirectoryView(directory: Directory, identity: Identity): DirectoryView {
  return {
    self: directory.self,
    units: directory.units.map(({ id, country, kind, name, boxKey }) => ({
      id,
      country,
      kind,
      name,
      ready: boxKey !== null,
      keyChanged: boxKey !== null && identity.pins[id] !== undefined && identity.pins[id] !== Buffer.from(boxKey).toString('base64'),
    })),
    devices: directory.devices.map(({ id, unit, role, revoked, admitted, signKey, boxKey }) => {
      // The code of the keys first seen: these are what an admission would be sealed to.
      const pin = identity.devicePins[id];
      const code = pin ? admissionCode(Buffer.from(pin.sign, 'base64'), Buffer.from(pin.box, 'base64')) : admissionCode(signKey, boxKey);
      return { id, unit, role, revoked, admitted, admissionCode: code };
    }),
    buckets: directory.buckets.map(({ id, kind, name, members }) => ({ id, kind, name, members })),
    mandates: directory.mandates,
  };
}
