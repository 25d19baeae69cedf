import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { PurgedUnit } from '#shared/contract/purge.ts';
import type { BriefBody } from '#shared/schema/brief.ts';
import type { RecordOf, Tlp } from '#shared/schema/record.ts';
import type { ReleaseBody } from '#shared/schema/release.ts';
import type { DataService } from '../../db/data-service.ts';

/** What the signer decides. Codes of resources/codelists; `days` from today. */
export interface Grounds {
  readonly purpose: string;
  readonly legalBasis: string;
  readonly days: number;
}

type Signed = Promise<Result<RecordOf<ReleaseBody>, AppError>>;

/** Signs the release of exactly this version and puts it on the way to the hub. Errors: `release-not-ncb`, `release-changed`, `release-own-brief`, `release-conflict`. */
export async function releaseBrief(data: DataService, brief: RecordOf<BriefBody>, ownUnit: string, grounds: Grounds): Signed {
  // what a conflict holds would leave with the brief
  if (brief.conflicts.length > 0) return err({ code: 'release-conflict' });
  const audience = [...new Set([`u:${ownUnit}`, ...brief.body.recipients])].sort();
  const signed = await window.suar.invoke('release.sign', { record: brief.id, rev: brief.rev, audience, ...grounds });
  if (!signed.ok) return signed;
  return data.insert<ReleaseBody>('release', { body: signed.value, ref: brief.id, status: 'signed', tlp: brief.tlp, audience });
}

/** Signs the own country's mandate for a taskforce: cases, briefs, intelligence, and exhibits with their custody, up to the ceiling. Errors: `release-not-ncb`. */
export async function signTaskforceMandate(data: DataService, bucket: string, ownUnit: string, tlpCeiling: Tlp, grounds: Grounds): Signed {
  const signed = await window.suar.invoke('release.mandate', { bucket, entities: ['case', 'brief', 'intel', 'exhibit', 'custody'], tlpCeiling, ...grounds });
  if (!signed.ok) return signed;
  return data.insert<ReleaseBody>('release', { body: signed.value, status: 'signed', tlp: 'GREEN', audience: [`u:${ownUnit}`, bucket] });
}

/** Units that may no longer read a record and what they signed of its removal; none while the hub cannot be asked. */
export async function findPurges(record: string): Promise<readonly PurgedUnit[]> {
  const found = await window.suar.invoke('release.purges', { record }).catch(() => undefined);
  return found?.ok ? found.value : [];
}
