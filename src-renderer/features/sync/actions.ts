import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Enrolment } from '#shared/contract/link.ts';

/** Enrols this device with a one-time code. Errors: `code-malformed`, `code-refused`, `hub-untrusted`, `hub-unreachable`. */
export function enrol(code: string): Promise<Result<Enrolment, AppError>> {
  return window.suar.invoke('link.enrol', { code }).catch(() => err({ code: 'unexpected' } as const));
}

/** Works offline by choice, or goes online again. */
export function setPaused(paused: boolean): void {
  void window.suar.invoke('link.pause', { paused });
}

/** Tries to reach the hub now. */
export function retryNow(): void {
  void window.suar.invoke('link.retry', {});
}
