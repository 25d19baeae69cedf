import { err, ok, type Result } from '../base/result.ts';
import type { AppError } from '../contract/errors.ts';
import type { IntakeFile } from './intake-file.ts';
import { findJsonBreak } from './json-position.ts';
import { isMispFile, readMispEvents } from './misp.ts';
import { isStixBundle, readStixBundle } from './stix.ts';

/** Deepest nesting read; real bundles stay under 20. */
const MAX_DEPTH = 100;

/** Whether brackets outside texts nest deeper than {@link MAX_DEPTH}; one pass, before anything is parsed. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inText) {
      if (code === 92) i++;
      else if (code === 34) inText = false;
    } else if (code === 34) inText = true;
    else if (code === 123 || code === 91) {
      if (++depth > MAX_DEPTH) return true;
    } else if (code === 125 || code === 93) depth--;
  }
  return false;
}

/**
 * Reads a file of intelligence: STIX 2.0, STIX 2.1 or MISP, told apart by content. Nothing is stored and nothing is guessed.
 * Errors: `file-not-json` (with the position), `file-too-deep`, `file-unknown-format`.
 */
export function readIntakeFile(bytes: Uint8Array, name: string): Result<IntakeFile, AppError> {
  let json: unknown;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (isTooDeep(text)) return err({ code: 'file-too-deep', detail: { name } });
    json = JSON.parse(text);
  } catch {
    return err({ code: 'file-not-json', detail: { name, position: findJsonBreak(text) } });
  }
  if (isStixBundle(json)) return ok(readStixBundle(json, name));
  if (isMispFile(json)) return ok(readMispEvents(json, name));
  return err({ code: 'file-unknown-format', detail: { name } });
}
