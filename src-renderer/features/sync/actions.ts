import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { LinePlan } from '#shared/contract/line.ts';
import type { Enrolment } from '#shared/contract/link.ts';

/** Enrols this device with a one-time code. Errors: `code-malformed`, `code-refused`, `hub-untrusted`, `hub-unreachable`. */
export function enrol(code: string): Promise<Result<Enrolment, AppError>> {
  return window.suar.invoke('link.enrol', { code }).catch(() => err({ code: 'unexpected' } as const));
}

/** Works offline by choice, or goes online again. */
export function setPaused(paused: boolean): void {
  void window.suar.invoke('link.pause', { paused });
}

/** Sets the officer's plan for the line; answers why it could not be kept, or null. */
export async function setLinePlan(plan: LinePlan): Promise<AppError | null> {
  const answer = await window.suar.invoke('link.plan', plan).catch(() => err({ code: 'unexpected' } as const));
  return answer.ok ? null : answer.error;
}

/** Uses the line for an hour in spite of the plan. */
export function openLine(): void {
  void window.suar.invoke('link.open', {});
}

/** Tries to reach the hub now. */
export function retryNow(): void {
  void window.suar.invoke('link.retry', {});
}
