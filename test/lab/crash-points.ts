/** What the officer does when the application ends at a named point. */
export type CrashScene = 'create' | 'write' | 'rebuild';

/** A named point of src-main/lab.ts, and how it is reached. `nth` passing ends the application. */
export interface CrashPoint {
  readonly name: string;
  readonly scene: CrashScene;
  readonly nth: number;
}

const at = (scene: CrashScene, nth: number, ...names: readonly string[]): CrashPoint[] => names.map((name) => ({ name, scene, nth }));

/** Every named point of the store's way: making a profile, writing, merging the journal, making the store again. */
export const CRASH_POINTS: readonly CrashPoint[] = [
  ...at('create', 1, 'durable-before-write', 'durable-before-fsync', 'durable-before-rename', 'durable-after-rename', 'log-created', 'log-begun'),
  ...at('create', 3, 'durable-before-rename', 'durable-after-rename'),
  ...at('create', 1, 'restock-begun', 'restock-finished'),
  ...at('write', 1, 'merge-before-removal', 'merge-begun', 'snapshot-before-fsync', 'snapshot-before-rename', 'snapshot-after-rename', 'journal-rotate', 'log-created', 'log-begun'),
  ...at('write', 3, 'journal-before-write', 'journal-half-written', 'journal-before-fsync', 'journal-after-fsync', 'journaled-write'),
  ...at('write', 3, 'store-before-write', 'store-after-write', 'store-before-acknowledgement'),
  ...at('rebuild', 1, 'rebuild-page', 'rebuild-before-restock', 'restock-begun', 'restock-rows', 'restock-finished', 'log-created', 'rebuild-after-restock', 'rebuild-removed'),
];

/** What makes logs short and merges early, so that a dozen writes pass every point. */
export const SMALL_JOURNAL = { SUAR_LAB_LOG_BYTES: '4000', SUAR_LAB_MERGE_BYTES: '6000', SUAR_LAB_TIDY_MS: '200' } as const;
