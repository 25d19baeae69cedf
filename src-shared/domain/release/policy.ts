import type { RejectReason } from '../../contract/errors.ts';
import { tlpRank, type Tlp } from '../../schema/record.ts';
import type { MandateClaim, ReleaseClaim } from '../../schema/release.ts';

/** Who is in a bucket, as countries (ISO 3166-1 alpha-2, or `XR` for a regional body); undefined for a bucket nobody knows. */
export type CountriesOf = (bucket: string) => readonly string[] | undefined;

/** What the border rules look at. */
export interface BorderQuestion {
  readonly id: string;
  readonly entity: string;
  readonly border: 'release' | 'claim' | 'receipt';
  readonly tlp: Tlp;
  readonly rev: string;
  /** SHA-256 of the sealed body, hexadecimal. */
  readonly sha256: string;
  readonly audience: readonly string[];
  readonly ownerCountry: string;
  readonly authorCountry: string;
  /** Unit bucket of the author. */
  readonly authorBucket: string;
  /** Unit bucket of the owner of the record `ref` points to, where the author may see it. */
  readonly refOwnerBucket: string | undefined;
  readonly claimAudience: readonly string[] | undefined;
  /** Unit buckets of the audience whose unit is in none of its taskforces; only the hub can tell. */
  readonly outsiders?: readonly string[];
  /** Releases by the owner's country. */
  readonly releases: readonly ReleaseClaim[];
  readonly mandates: readonly MandateClaim[];
  /** ISO 8601 instant, UTC. */
  readonly now: string;
}

/** Countries outside the owner's that an audience reaches, sorted; undefined when it names an unknown bucket. */
export function foreignReach(audience: readonly string[], ownerCountry: string, countriesOf: CountriesOf): readonly string[] | undefined {
  const reached = new Set<string>();
  for (const bucket of audience) {
    const countries = countriesOf(bucket);
    if (!countries) return undefined;
    for (const country of countries) if (country !== ownerCountry) reached.add(country);
  }
  return [...reached].sort();
}

/** Whether an instant lies after `now`; texts of the same instant differ (fractions, offsets), so they are read, not compared. Unreadable is past. */
function isAfter(instant: string, now: string): boolean {
  return Date.parse(instant) > Date.parse(now);
}

/** Whether a release covers exactly this version for this whole audience now. */
export function releaseCovers(claim: ReleaseClaim, question: BorderQuestion): boolean {
  return claim.record === question.id && claim.rev === question.rev && claim.sha256 === question.sha256
    && isAfter(claim.expires, question.now) && question.audience.every((bucket) => claim.audience.includes(bucket));
}

/** Whether a bucket holds anyone outside a country. Whoever joins the community later reads it too, so it never stays at home. */
function leaves(bucket: string, country: string, countriesOf: CountriesOf): boolean {
  return bucket === 'community' || (countriesOf(bucket)?.some((c) => c !== country) ?? true);
}

/** Whether a unit is reached through a taskforce of the audience, so that the mandates for the taskforce reach it too. */
function isInsider(bucket: string, question: BorderQuestion, countriesOf: CountriesOf): boolean {
  if (!bucket.startsWith('u:') || question.outsiders?.includes(bucket)) return false;
  const [country] = countriesOf(bucket) ?? [];
  return country !== undefined && question.audience.some((b) => b.startsWith('t:') && countriesOf(b)?.includes(country));
}

function mandateReason(bucket: string, countries: readonly string[], question: BorderQuestion): RejectReason | undefined {
  const open = question.mandates.filter((m) => m.bucket === bucket && isAfter(m.expires, question.now));
  for (const country of new Set(countries)) {
    const own = open.filter((m) => m.country === country);
    if (own.length === 0) return 'mandate-missing';
    if (!own.some((m) => m.entities.includes(question.entity) && tlpRank(question.tlp) <= tlpRank(m.tlpCeiling))) return 'mandate-exceeded';
  }
  return undefined;
}

/**
 * Whether a record may have this audience: undefined when it may, else the reason it may not.
 * The one rule that keeps a country's records inside its border; the hub enforces it, devices ask it before they offer to share.
 * A version written in another country than the owner's must be free to leave both: the owner's release does not speak for the author's country.
 */
export function borderRefusal(question: BorderQuestion, countriesOf: CountriesOf): RejectReason | undefined {
  const { ownerCountry, authorCountry } = question;
  if (!foreignReach(question.audience, ownerCountry, countriesOf)) return 'audience-unknown';
  const abroad = question.audience.filter((bucket) => leaves(bucket, ownerCountry, countriesOf));
  if (abroad.length === 0 && authorCountry === ownerCountry) return undefined;
  if (question.border === 'claim') return question.audience.every((b) => question.claimAudience?.includes(b) || b === question.authorBucket) ? undefined : 'release-mismatch';
  if (question.border === 'receipt') {
    const allowed = [question.authorBucket, question.refOwnerBucket];
    return question.refOwnerBucket && question.audience.every((b) => allowed.includes(b)) ? undefined : 'receipt-invalid';
  }
  const isReleased = question.releases.some((claim) => releaseCovers(claim, question));
  const fromAuthor = authorCountry === ownerCountry ? [] : question.audience.filter((bucket) => leaves(bucket, authorCountry, countriesOf) && !isInsider(bucket, question, countriesOf));
  const needed = new Set([...(isReleased ? [] : abroad), ...fromAuthor]);
  if ([...needed].some((bucket) => !bucket.startsWith('t:'))) return 'release-missing';
  for (const bucket of needed) {
    const reason = mandateReason(bucket, isReleased ? [authorCountry] : [ownerCountry, authorCountry], question);
    if (reason) return reason;
  }
  return undefined;
}
