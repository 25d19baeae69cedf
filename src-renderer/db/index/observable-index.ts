import type { Tlp } from '#shared/schema/record.ts';
import type { SearchDocument } from './search-index.ts';

/** Most records {@link ObservableIndex.correlate} names for one observable. */
export const CORRELATION_RECORDS_MAX = 50;

/** Records of one observable are counted up to here: one that is in more is over-common whatever the number. */
export const CORRELATION_COUNT_MAX = 1000;

/** What identifies an observable; two are the same when both are equal. */
export interface ObservableKey {
  readonly kind: string;
  readonly key: string;
}

/** What one record holds now; without observables and document it is out of the index. */
export interface IndexedRecord {
  readonly id: string;
  readonly entity: string;
  readonly observables: readonly ObservableKey[];
  readonly document?: SearchDocument;
}

/** Position in the store's order of changes up to which the index is complete. */
export interface IndexCheckpoint {
  readonly id: string;
  readonly lwt: number;
}

/** What a list of records shows of one; read without opening its seal. */
export interface RecordLine extends Pick<SearchDocument, 'title' | 'lang' | 'ref'> {
  readonly id: string;
  readonly entity: string;
  readonly tlp: Tlp;
}

/** Records that share one observable. */
export interface Correlation extends ObservableKey {
  /** Number of records that hold it, without the excluded one, counted up to {@link CORRELATION_COUNT_MAX}. */
  readonly total: number;
  /** Up to {@link CORRELATION_RECORDS_MAX} of them, the last changed first. */
  readonly records: readonly RecordLine[];
}

/** The derived index from observables to records. Holds nothing the store does not; may be thrown away and built again. */
export interface ObservableIndex {
  /** Undefined for an empty index: everything has to be read. */
  readonly checkpoint: () => Promise<IndexCheckpoint | undefined>;
  /** Replaces what the records hold and moves the checkpoint, in one transaction. */
  readonly apply: (records: readonly IndexedRecord[], checkpoint: IndexCheckpoint) => Promise<void>;
  /** Observables that some record beside `excludeId` holds, in the order asked. */
  readonly correlate: (observables: readonly ObservableKey[], excludeId?: string) => Promise<readonly Correlation[]>;
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}
