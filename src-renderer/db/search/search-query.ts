import type { EntityName } from '#shared/entities.ts';
import type { Tlp } from '#shared/schema/record.ts';
import type { MarkedText } from '#shared/domain/text/snippet.ts';

/** What an officer looks for. Conditions that are left out hold always. */
export interface SearchQuery {
  readonly text: string;
  readonly entities?: readonly EntityName[];
  readonly statuses?: readonly string[];
  readonly tlps?: readonly Tlp[];
  /** Owners, readers and countries, one of which the record must have: `u:<unit>`, `c:<country>`, `t:<taskforce>`, `community`. */
  readonly places?: readonly string[];
  /** Last edit, milliseconds since 1970, inclusive. */
  readonly from?: number;
  readonly to?: number;
  /** 1 to {@link SEARCH_HITS_MAX}. */
  readonly limit: number;
}

/** Most records of one answer. */
export const SEARCH_HITS_MAX = 50;

/** One record of an answer. */
export interface SearchHit {
  readonly id: string;
  readonly entity: string;
  readonly owner: string;
  /** Id of the record it belongs to, or the empty string: the case of an exhibit. */
  readonly ref: string;
  readonly tlp: Tlp;
  readonly status: string;
  /** Last edit, milliseconds since 1970. */
  readonly at: number;
  /** Language of the record's free text (BCP 47), or the empty string. */
  readonly lang: string;
  readonly title: MarkedText;
  /** Where the words stand in the other texts; empty text where they stand in the title only. */
  readonly snippet: MarkedText;
}

/** Records that hold the words, and some that hold words like them. */
export interface SearchAnswer {
  readonly hits: readonly SearchHit[];
  /** Records in all, counted up to a bound. */
  readonly total: number;
  /** Whether there are more than `total`. */
  readonly isTotalBound: boolean;
  /** Records with a word that differs by a typing error or two; looked for where few records hold the words themselves. */
  readonly approximate: readonly SearchHit[];
}
