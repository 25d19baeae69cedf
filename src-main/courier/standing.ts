import type { Answer } from './read-answer.ts';

/** What a bundle's directory is to this device: from a time the hub has left since, one to go on with the own, or one to take. */
export type Standing = 'older' | 'known' | 'newer';

/**
 * Judges a bundle by what this device knows: the request whose answer it read last, the hub's epoch, and when its directory came to be as it is (milliseconds
 * since 1970, the hub's clock). What was made before that never takes its place: who was revoked since would be back.
 */
export function standingOf(
  { kind, made, seq, requestEpoch, directory }: Pick<Answer, 'kind' | 'made' | 'seq' | 'requestEpoch'> & { readonly directory: { readonly epoch: string } },
  { answered, epoch, asOfMs }: { readonly answered: number; readonly epoch: string | undefined; readonly asOfMs: number },
): Standing {
  const isNewest = made > asOfMs;
  const isOtherEpoch = directory.epoch !== epoch;
  if (kind === 'delivery') return isNewest ? 'newer' : isOtherEpoch ? 'older' : 'known';
  // The hub was restored, and this device came to know of it by another way since it asked.
  if (seq < answered || (isOtherEpoch && requestEpoch !== epoch)) return 'older';
  // Where the hub was restored after the request, its pages are of the new epoch: the directory goes with them.
  return isNewest || isOtherEpoch ? 'newer' : 'known';
}
