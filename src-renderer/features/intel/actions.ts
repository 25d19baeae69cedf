import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { PickedFile } from '#shared/contract/ipc.ts';
import type { IntakeFile, IntakeItem } from '#shared/intake/intake-file.ts';
import type { DataService, ImportProgress } from '../../db/data-service.ts';
import { startWorker } from '../../db/start-worker.ts';
import type { IntakeAnswer, IntakeRequest } from './intake-worker.ts';
import intakeWorkerUrl from './intake-worker.ts?worker&url';

/** How far an import has come, and for how long it has run. */
export interface TimedProgress extends ImportProgress {
  readonly elapsedMs: number;
}

/** What a file would change, before anything is stored. */
export interface DryRun {
  readonly name: string;
  readonly file: IntakeFile;
  readonly fresh: readonly IntakeItem[];
  readonly changed: readonly IntakeItem[];
  readonly known: number;
}

/** Lets the officer choose a file; null where they chose none. Errors: `file-too-large`, `file-unreadable`. */
export function pickIntakeFile(): Promise<Result<PickedFile | null, AppError>> {
  return window.suar.invoke('intake.pick', {});
}

/** Reads a file in a worker of its own that ends afterwards; `signal` ends it at once. Errors: `file-not-json`, `file-too-deep`, `file-unknown-format`, `import-cancelled`. */
export function readInWorker(picked: PickedFile, signal: AbortSignal): Promise<Result<IntakeFile, AppError>> {
  const worker = startWorker(intakeWorkerUrl);
  return new Promise<Result<IntakeFile, AppError>>((resolve) => {
    signal.addEventListener('abort', () => resolve(err({ code: 'import-cancelled', detail: { count: 0 } })));
    worker.addEventListener('message', (event: MessageEvent<IntakeAnswer>) => resolve(event.data));
    worker.addEventListener('error', () => resolve(err({ code: 'file-unreadable', detail: { name: picked.name } })));
    worker.postMessage({ name: picked.name, bytes: picked.bytes } satisfies IntakeRequest, [picked.bytes.buffer]);
  }).finally(() => worker.terminate());
}

/** Compares a file with the store: what is new, known, or newer than ours. Stores nothing. */
export async function dryRun(data: DataService, name: string, file: IntakeFile): Promise<DryRun> {
  const states = await data.compareIntake(file.items);
  const of = (wanted: string) => file.items.filter((_, i) => states[i] === wanted);
  return { name, file, fresh: of('new'), changed: of('changed'), known: of('known').length };
}

/** Stores what a dry run found new or newer, in batches; the ones before a stop are kept. Answers how many were saved. */
export function importItems(data: DataService, run: DryRun, onProgress: (progress: TimedProgress) => void, signal: AbortSignal): Promise<Result<number, AppError>> {
  const startedAt = performance.now();
  const timed = (progress: ImportProgress) => onProgress({ ...progress, elapsedMs: performance.now() - startedAt });
  timed({ done: 0, total: run.fresh.length + run.changed.length });
  return data.importIntake([...run.fresh, ...run.changed], timed, signal);
}
