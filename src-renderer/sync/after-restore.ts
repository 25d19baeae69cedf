import { hlcToMs, MAX_CLOCK_AHEAD_MS } from '#shared/base/time.ts';
import type { LinkRecord } from './link.ts';

/** Author of a deletion that came from the hub, so that it is never taken for one made here. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

/** What the version at the hub, pulled in a new epoch, is to the one the hub was known to have. */
export type RestoredVerdict =
  /** Nothing of ours is missing at the hub: the pulled version is taken as always. */
  | 'take'
  /** The hub lost our version, which grew from the pulled one: it stays, and goes to the hub again. */
  | 'lost'
  /** Written after the restore, perhaps without knowledge of ours: both are kept and merged. */
  | 'unsure';

/** What is compared. */
export interface RestoredPair {
  /** The version the hub was last known to have; an edit that waits here grew from it. */
  readonly known: LinkRecord | undefined;
  readonly pulled: LinkRecord;
  /** The hub had the pulled version already when it was restored. */
  readonly past: boolean;
  /** Id of this device. */
  readonly self: string;
  readonly nowMs: number;
}

/**
 * Versions of one record at one hub are a chain: each was accepted upon the one before, whose reading its author had seen, so readings
 * rise along it. A version from the backup and the one this device had from the same hub are on that chain; the reading says which came
 * first. A version written after the restore need not be on it. Readings from a clock far ahead prove nothing.
 */
export function judgeRestored({ known, pulled, past, self, nowMs }: RestoredPair): RestoredVerdict {
  if (!known) return 'take';
  if (known._deleted) return known.author === self && known.rev !== pulled.rev ? 'lost' : 'take';
  if (known.rev === pulled.rev) return 'take';
  const isOlder = pulled.updatedAt < known.updatedAt;
  if (past) {
    if (isOlder) return 'lost';
    return hlcToMs(pulled.updatedAt) > nowMs + MAX_CLOCK_AHEAD_MS && known.author === self ? 'unsure' : 'take';
  }
  return isOlder || known.author === self ? 'unsure' : 'take';
}
