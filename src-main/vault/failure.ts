import type { AppError } from '#shared/contract/errors.ts';
import { isDiskFull } from '../disk-failure.ts';

/** Carries an expected failure out of a stream of chunks; the border of the vault (run-job.ts) turns it into a Result. */
export class VaultFailure extends Error {
  readonly error: AppError;
  constructor(code: AppError['code'], detail?: AppError['detail']) {
    super(code);
    this.error = detail ? { code, detail } : { code };
  }
}

/** Ends the work where the officer asked for it or the application locks; what is durable stays. */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new VaultFailure('vault-stopped');
}

/** What a failed write into the vault means to the officer. */
export function writeFailure(error: unknown): unknown {
  if (error instanceof VaultFailure) return error;
  return isDiskFull(error) ? new VaultFailure('store-full') : error;
}
