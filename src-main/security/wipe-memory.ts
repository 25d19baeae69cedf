import { createSecretKey } from 'node:crypto';
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

/** What Chromium frees outside V8's heap keeps its bytes until the place is used again; sizes above hold whole pages, which go back to the system. */
const LARGEST_FREED_BYTES = 4096;
const PER_SIZE_BYTES = 32 * 1024;
/** What the cryptographic library puts in front of what it asks the allocator for. */
const HEADER_BYTES = 8;

/**
 * Fills the places the native allocator has free. The window sends main the text of the field in focus at every key, for the input method (one copy of a
 * long text per letter), and freed messages stay readable. A secret key is the one thing JavaScript can make there with bytes of its choosing; the sizes
 * are the allocator's own, eight to a power of two.
 */
function overwriteFreed(): void {
  const held: unknown[] = [];
  for (let power = 16; power < LARGEST_FREED_BYTES; power *= 2)
    for (let eighth = 8; eighth < 16; eighth++) {
      const bytes = (power * eighth) / 8;
      const zeros = Buffer.alloc(bytes - HEADER_BYTES);
      for (let filled = 0; filled < PER_SIZE_BYTES; filled += bytes) held.push(createSecretKey(zeros));
    }
  if (held.length === 0) throw new Error('nothing overwritten');
}

/**
 * Collects main's heap twice (the first run lets go of what OpenSSL holds, the second of what that held), so that keys in
 * texts and key objects nobody refers to any more are overwritten now and not some day, and overwrites what is free outside it. Takes some 200 ms.
 */
export function wipeMemory(): void {
  const collect = runInNewContext('gc') as (options: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;
  for (let times = 0; times < 2; times++) {
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    overwriteNursery();
    overwriteFreed();
  }
}
