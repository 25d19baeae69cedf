import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Lets main's heap overwrite what it frees. Called once, before anything secret is read. */
export function prepareWipe(): void {
  setFlagsFromString('--clear-free-memory');
  setFlagsFromString('--expose-gc');
}

/** Young objects live in two halves of at most 16 MiB that a collection abandons without overwriting: fill both, twice. */
const NURSERY_ARRAYS = 4096;
const NURSERY_NUMBERS = 2048;

function overwriteNursery(): void {
  let filled = 0;
  for (let made = 0; made < NURSERY_ARRAYS; made++) filled += Array.from<number>({ length: NURSERY_NUMBERS }).fill(0.5).length;
  if (filled !== NURSERY_ARRAYS * NURSERY_NUMBERS) throw new Error('nursery not filled');
}

/**
 * Collects main's heap twice (the first run lets go of what OpenSSL holds, the second of what that held), so that keys in
 * texts and key objects nobody refers to any more are overwritten now and not some day. Takes some 100 ms.
 */
export function wipeMemory(): void {
  const collect = runInNewContext('gc') as (options: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;
  for (let times = 0; times < 2; times++) {
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    overwriteNursery();
  }
}
