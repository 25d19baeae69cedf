import type { Correlation, ObservableKey, RecordLine } from '../index/observable-index.ts';

/** What a record is asked: where else its observables occur. */
export interface CorrelationQuery {
  readonly observables: readonly ObservableKey[];
  /** The record that asks. */
  readonly excludeId?: string;
  /** Also answers for values of warning lists and for over-common ones. */
  readonly withSuppressed?: boolean;
}

/** Another record with the observables it shares. */
export interface SharedRecord extends RecordLine {
  readonly shared: readonly ObservableKey[];
}

/** An observable that was left out of an answer, and why. */
export interface Suppressed extends ObservableKey {
  /** Other records that hold it, counted up to a bound. */
  readonly total: number;
  /** Id of the warning list that names it; undefined for one in too many records. */
  readonly list?: string;
}

/** Most records listed in one answer. */
export const SHARED_RECORDS_MAX = 50;

/** Where else the observables occur, by observable and by record. */
export interface CorrelationAnswer {
  readonly correlations: readonly Correlation[];
  /** The record that shares most first, then the newest; at most {@link SHARED_RECORDS_MAX}. */
  readonly records: readonly SharedRecord[];
  /** Records in all, as far as the correlations name them. */
  readonly recordsTotal: number;
  readonly suppressed: readonly Suppressed[];
}
