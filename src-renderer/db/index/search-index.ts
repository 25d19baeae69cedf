import type { Tlp } from '#shared/schema/record.ts';
import type { QueryTerm } from '#shared/domain/text/tokens.ts';
import type { ObservableIndex } from './observable-index.ts';

/** What the index keeps of a record to find it; texts are kept as tokens only. */
export interface SearchDocument {
  readonly title: string;
  /** BCP 47 tag of the title, or the empty string. */
  readonly lang: string;
  /** Id of the record it belongs to, or the empty string. */
  readonly ref: string;
  readonly text: string;
  readonly status: string;
  readonly tlp: Tlp;
  /** Last edit, milliseconds since 1970 (UTC). */
  readonly at: number;
  /** Buckets that stand for who owns, reads or is named in the record: `u:<unit>`, `c:<country>`, `t:<taskforce>`, `community`. */
  readonly places: readonly string[];
}

/** Conditions of a search; all must hold, in a list one is enough. An empty list holds never. */
export interface SearchFilter {
  readonly entities?: readonly string[];
  readonly statuses?: readonly string[];
  readonly tlps?: readonly string[];
  readonly places?: readonly string[];
  /** Milliseconds since 1970, inclusive. */
  readonly from?: number;
  readonly to?: number;
}

/** A record that was found. */
export interface SearchFound {
  readonly id: string;
  readonly entity: string;
}

/** Totals are counted up to here; more is told as "more than". */
export const SEARCH_TOTAL_MAX = 1000;

/** Full-text part of the derived index. */
export interface SearchIndex {
  /**
   * Records that hold every term: those with all terms in the title first, then by last edit, newest first. `total` counts all of them
   * up to {@link SEARCH_TOTAL_MAX}; `isTotalBound` says that there are more.
   */
  readonly search: (terms: readonly QueryTerm[], filter: SearchFilter, limit: number) => Promise<{ readonly found: readonly SearchFound[]; readonly total: number; readonly isTotalBound: boolean }>;
  /** Candidates that may hold the terms with typing errors, newest first; the caller compares their texts. */
  readonly searchLoosely: (terms: readonly QueryTerm[], filter: SearchFilter, limit: number) => Promise<readonly SearchFound[]>;
}

/** The whole derived index. Holds nothing the store does not; may be thrown away and built again. */
export interface RecordIndex extends ObservableIndex, SearchIndex {
  /** Number of searchable records in the index. */
  readonly size: () => Promise<number>;
  /** Tells when the index was found damaged and begins again, empty; the returned function ends it. */
  readonly onReset: (listener: () => void) => () => void;
}
