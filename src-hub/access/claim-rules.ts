import type { RejectReason } from '#shared/contract/errors.ts';
import { borderRefusal } from '#shared/domain/release/policy.ts';
import type { MandateClaim, ReleaseClaim } from '#shared/schema/release.ts';
import type { Caller } from './caller.ts';
import type { Candidate } from './push-row.ts';
import { outsidersOf, type Master, type PushState } from './push-state.ts';

/** Why a signed claim is not taken; its signature, signer and role were checked when the row was read. */
export function claimRefusal(row: Candidate, state: PushState, caller: Caller, now: string): RejectReason | undefined {
  if (!row.claim) return 'release-missing';
  // an NCB that lost sight of its claim could not withdraw it
  if (!row.rec.audience.includes(`u:${caller.unit}`)) return 'malformed';
  return row.claim.kind === 'release' ? releaseRefusal(row.claim, row, state, caller, now) : mandateRefusal(row.claim, state, caller, now);
}

function releaseRefusal(claim: ReleaseClaim, row: Candidate, state: PushState, caller: Caller, now: string): RejectReason | undefined {
  const target = state.masters.get(claim.record);
  if (!target) return 'release-unknown-record';
  if (state.countryByUnit.get(target.owner) !== caller.country) return 'release-signer';
  if (target.author === caller.device) return 'release-self';
  if (row.rec.ref !== claim.record || target.deleted || target.rev !== claim.rev || target.sha !== claim.sha256) return 'release-mismatch';
  if (claim.expires <= now) return 'release-expired';
  return grantedRefusal(claim, target, state, caller, now) ?? keysRefusal(claim, row, target);
}

/** The border rule itself, asked for the audience this claim grants. */
function grantedRefusal(claim: ReleaseClaim, target: Master, state: PushState, caller: Caller, now: string): RejectReason | undefined {
  return borderRefusal(
    {
      id: target.id,
      entity: target.entity,
      border: 'release',
      tlp: target.tlp,
      rev: target.rev,
      sha256: target.sha,
      audience: claim.audience,
      ownerCountry: caller.country,
      authorCountry: target.authorCountry,
      authorBucket: `u:${target.owner}`,
      refOwnerBucket: undefined,
      claimAudience: undefined,
      outsiders: outsidersOf(claim.audience, state),
      releases: [claim],
      mandates: [...state.mandates.values()],
      now,
    },
    (bucket) => state.countriesByBucket.get(bucket) ?? (target.audience.includes(bucket) ? state.hiddenCountriesByBucket.get(bucket) : undefined),
  );
}

/** Every bucket that is new gets the content key; nobody else does. */
function keysRefusal(claim: ReleaseClaim, row: Candidate, target: Master): RejectReason | undefined {
  const added = addedBuckets(claim, target);
  if (target.audience.length + added.length > 64) return 'too-large';
  if (!added.every((bucket) => row.grants.some((wrap) => wrap.b === bucket))) return 'key-missing';
  return row.grants.every((wrap) => claim.audience.includes(wrap.b)) ? undefined : 'release-mismatch';
}

/** Buckets of a claim that the record does not reach yet. */
export function addedBuckets(claim: ReleaseClaim, target: Master): readonly string[] {
  return [...new Set(claim.audience)].filter((bucket) => !target.audience.includes(bucket));
}

function mandateRefusal(claim: MandateClaim, state: PushState, caller: Caller, now: string): RejectReason | undefined {
  if (!claim.bucket.startsWith('t:') || !state.memberBuckets.has(claim.bucket)) return 'audience-unknown';
  if (claim.country !== caller.country) return 'release-signer';
  return claim.expires <= now ? 'release-expired' : undefined;
}
