import { X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ExposedRecord, UnitDevice, UnitRole } from '#shared/contract/unit-admin.ts';
import { formatEnrolmentCode } from '#shared/contract/wire.ts';
import type { HubBinding } from '../keys/identity.ts';
import { checkAnswer, ExposureAnswerSchema, UnitCodeAnswerSchema, UnitDevicesAnswerSchema } from './answers.ts';
import type { HubClient } from './hub-client.ts';
import { sha256 } from './signing.ts';

/** Most pages of an exposure list that are fetched: 400,000 records. */
const MAX_PAGES = 200;

/** What an administrator of the unit does at the hub; to others it answers `hub-garbage`. */
export interface UnitAdmin {
  readonly devices: () => Promise<Result<readonly UnitDevice[], AppError>>;
  /** The code as an officer types it: the hub this device uses, the secret, the pin of the CA this device trusts. Errors besides the hub's: `not-enrolled`. */
  readonly createCode: (role: UnitRole) => Promise<Result<string, AppError>>;
  /** The unit's secret is replaced with the same connection. */
  readonly revoke: (device: string) => Promise<Result<null, AppError>>;
  /** What a device could have held, up to {@link MAX_PAGES} pages. */
  readonly exposure: (device: string) => Promise<Result<readonly ExposedRecord[], AppError>>;
}

/** What {@link createUnitAdmin} needs of the link. */
export interface UnitAdminDeps {
  readonly whileOnline: <T>(run: (client: HubClient) => Promise<Result<T, AppError>>) => Promise<Result<T, AppError>>;
  readonly hub: () => HubBinding | null;
  readonly refreshDirectory: () => Promise<unknown>;
}

/** Creates the administrator's side of a link. */
export function createUnitAdmin({ whileOnline, hub, refreshDirectory }: UnitAdminDeps): UnitAdmin {
  return {
    devices: () =>
      whileOnline(async (client) => {
        const answer = checkAnswer(UnitDevicesAnswerSchema, await client.request('GET', '/v1/unit/devices'));
        return answer.ok ? ok(answer.value.devices) : answer;
      }),
    createCode: (role) =>
      whileOnline(async (client) => {
        const binding = hub();
        if (!binding) return err({ code: 'not-enrolled' });
        const answer = checkAnswer(UnitCodeAnswerSchema, await client.request('POST', '/v1/unit/codes', { role }));
        const pin = sha256(new X509Certificate(binding.ca).raw).subarray(0, 10);
        return answer.ok ? ok(formatEnrolmentCode(binding.host, binding.port, answer.value.secret, pin)) : answer;
      }),
    revoke: (device) =>
      whileOnline(async (client) => {
        const answer = await client.request('POST', '/v1/unit/revoke', { device });
        await refreshDirectory();
        return answer.ok ? ok(null) : answer;
      }),
    exposure: (device) => whileOnline((client) => readExposure(client, device)),
  };
}

async function readExposure(client: HubClient, device: string): Promise<Result<readonly ExposedRecord[], AppError>> {
  const records: ExposedRecord[] = [];
  for (let page = 0, after = ''; page < MAX_PAGES; page++) {
    const answer = checkAnswer(ExposureAnswerSchema, await client.request('GET', `/v1/unit/exposure?device=${device}${after ? `&after=${after}` : ''}`));
    if (!answer.ok) return answer;
    records.push(...answer.value.records);
    after = answer.value.next;
    if (!after) return ok(records);
  }
  return err({ code: 'hub-garbage' });
}
