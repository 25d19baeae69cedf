/** Reads a file of intelligence away from the window: a hostile file can stall or end this worker, nothing else. */
import type { Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IntakeFile } from '#shared/intake/intake-file.ts';
import { readIntakeFile } from '#shared/intake/read-file.ts';

export interface IntakeRequest {
  readonly name: string;
  readonly bytes: Uint8Array;
}
export type IntakeAnswer = Result<IntakeFile, AppError>;

self.addEventListener('message', (event: MessageEvent<IntakeRequest>) => {
  const answer: IntakeAnswer = readIntakeFile(event.data.bytes, event.data.name);
  self.postMessage(answer);
});
