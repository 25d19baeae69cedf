import { X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ExposedRecord, UnitDevice, UnitRole } from '#shared/contract/unit-admin.ts';
import { formatEnrolmentCode } from '#shared/contract/wire.ts';
import type { HubBinding } from '../keys/identity.ts';
import { checkAnswer, ExposureAnswerSchema, UnitCodeAnswerSchema, UnitDevicesAnswerSchema } from './answers.ts';
import type { HubClient } from './hub-client.ts';
import { sha256 } from './sealing.ts';

/** Most pages of an exposure list that are fetched: 400,000 records. */
const MAX_PAGES = 200;

/** What an administrator of the unit asks of the hub; to others it answers `hub-garbage`. */
export const unitAdmin = {
  devices: async (client: HubClient): Promise<Result<readonly UnitDevice[], AppError>> => {
    const answer = checkAnswer(UnitDevicesAnswerSchema, await client.request('GET', '/v1/unit/devices'));
    return answer.ok ? ok(answer.value.devices) : answer;
  },
  /** The code as an officer types it: the hub this device uses, the secret, the pin of the CA this device trusts. */
  createCode: async (client: HubClient, { host, port, ca }: HubBinding, role: UnitRole): Promise<Result<string, AppError>> => {
    const answer = checkAnswer(UnitCodeAnswerSchema, await client.request('POST', '/v1/unit/codes', { role }));
    return answer.ok ? ok(formatEnrolmentCode(host, port, answer.value.secret, sha256(new X509Certificate(ca).raw).subarray(0, 10))) : answer;
  },
  revoke: async (client: HubClient, device: string): Promise<Result<null, AppError>> => {
    const answer = await client.request('POST', '/v1/unit/revoke', { device });
    return answer.ok ? ok(null) : answer;
  },
  exposure: async (client: HubClient, device: string): Promise<Result<readonly ExposedRecord[], AppError>> => {
    const records: ExposedRecord[] = [];
    for (let page = 0, after = ''; page < MAX_PAGES; page++) {
      const answer = checkAnswer(ExposureAnswerSchema, await client.request('GET', `/v1/unit/exposure?device=${device}${after ? `&after=${after}` : ''}`));
      if (!answer.ok) return answer;
      records.push(...answer.value.records);
      after = answer.value.next;
      if (!after) return ok(records);
    }
    return err({ code: 'hub-garbage' });
  },
};
