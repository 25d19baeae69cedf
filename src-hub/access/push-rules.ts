import type { RejectReason } from '#shared/contract/errors.ts';
import { borderRefusal, type BorderQuestion, type CountriesOf } from '#shared/domain/release/policy.ts';
import type { Caller } from './caller.ts';
import { claimRefusal } from './claim-rules.ts';
import type { Candidate } from './push-row.ts';
import { outsidersOf, type Master, type PushState } from './push-state.ts';

/** What becomes of one row. */
export type Verdict = { readonly kind: 'same' } | { readonly kind: 'conflict' } | { readonly kind: 'rejected'; readonly reason: RejectReason } | { readonly kind: 'accepted' };

/**
 * Decides one row against the caller's view of the hub. Where no record is visible, the answer depends on the row alone:
 * a hidden record and no record are told apart by nothing.
 */
export function judge(row: Candidate, state: PushState, caller: Caller, now: string): Verdict {
  const master = state.masters.get(row.rec.id);
  if (master && isSame(row, master)) return { kind: 'same' };
  if ((master?.rev ?? null) !== row.assumed || master?.rev === row.rec.rev || (!master && state.ownHidden.has(row.rec.id))) return { kind: 'conflict' };
  const reason = ownershipRefusal(row, master, caller, state) ?? contentRefusal(row, master, state, caller, now) ?? keyRefusal(row, state);
  return reason ? { kind: 'rejected', reason } : { kind: 'accepted' };
}

/**
 * A repeated push: the same version token from the same author. The bytes may differ, as a device that repeats a push seals again
 * under a new content key; the first sealing stays, because a release may name its hash and have extended audience and wraps since.
 */
function isSame({ rec }: Candidate, master: Master): boolean {
  return master.rev === rec.rev && master.author === rec.author && master.owner === rec.owner && master.entity === rec.entity && master.deleted === rec.deleted;
}

function ownershipRefusal({ rec, definition }: Candidate, master: Master | undefined, caller: Caller, state: PushState): RejectReason | undefined {
  if (!master) {
    if (rec.owner !== caller.unit) return 'not-owner';
  } else {
    if (rec.owner !== master.owner) return 'not-owner';
    if (rec.entity !== master.entity || rec.ref !== master.ref) return 'malformed';
    // its reader is the unit it answers to
    if (definition.border === 'receipt' && caller.unit !== master.owner) return 'not-owner';
    if (caller.unit !== master.owner && !isSameSet(rec.audience, master.audience)) return 'audience-changed';
  }
  // a record its own author cannot see could never be corrected
  return rec.audience.some((bucket) => state.memberBuckets.has(bucket)) ? undefined : 'malformed';
}

function contentRefusal(row: Candidate, master: Master | undefined, state: PushState, caller: Caller, now: string): RejectReason | undefined {
  const { rec, definition } = row;
  if (definition.border === 'claim') {
    const reason = rec.deleted ? withdrawalRefusal(rec.owner, caller) : master ? 'malformed' : claimRefusal(row, state, caller, now);
    if (reason) return reason;
  }
  // a deletion by the owner's unit tells its readers nothing but that
  if (rec.deleted && master && caller.unit === master.owner && rec.audience.every((bucket) => master.audience.includes(bucket))) return undefined;
  const question = borderQuestion(row, state, caller, now);
  if (definition.border === 'receipt') {
    const allowed = [question.authorBucket, question.refOwnerBucket];
    if (!question.refOwnerBucket || !rec.audience.every((bucket) => allowed.includes(bucket))) return 'receipt-invalid';
  }
  return borderRefusal(question, countriesFor(master, state));
}

/** Nothing new is sealed under a key that somebody may hold who should not. Asked last: only what would be taken is sealed again. */
function keyRefusal({ rec, grants }: Candidate, state: PushState): RejectReason | undefined {
  const isOld = [...rec.wraps, ...grants].some(({ b, e }) => {
    const known = e > 0 && state.memberBuckets.has(b) ? state.keyStates.get(b) : undefined;
    return known !== undefined && (known.stale || e !== known.newest);
  });
  return isOld ? 'key-stale' : undefined;
}

/** Only an NCB officer of the unit that signed may take a claim back. */
function withdrawalRefusal(owner: string, caller: Caller): RejectReason | undefined {
  return caller.unit === owner && caller.role === 'ncb' ? undefined : 'release-signer';
}

function borderQuestion({ rec, definition, shaHex, claim }: Candidate, state: PushState, caller: Caller, now: string): BorderQuestion {
  const referred = rec.ref ? state.masters.get(rec.ref) : undefined;
  return {
    id: rec.id,
    entity: rec.entity,
    border: definition.border,
    tlp: rec.tlp,
    rev: rec.rev,
    sha256: shaHex,
    audience: rec.audience,
    ownerCountry: state.countryByUnit.get(rec.owner) ?? '',
    authorCountry: caller.country,
    authorBucket: `u:${caller.unit}`,
    refOwnerBucket: referred && `u:${referred.owner}`,
    claimAudience: claim?.kind === 'release' ? claim.audience : claim && [claim.bucket],
    outsiders: outsidersOf(rec.audience, state),
    // a release works once, when it arrives: it covers no version that is pushed after it
    releases: [],
    mandates: [...state.mandates.values()],
    now,
  };
}

/** Buckets the caller may name, and those the visible record names already. */
function countriesFor(master: Master | undefined, state: PushState): CountriesOf {
  return (bucket) => state.countriesByBucket.get(bucket) ?? (master?.audience.includes(bucket) ? state.hiddenCountriesByBucket.get(bucket) : undefined);
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}
