import type { Subject } from 'rxjs';
import { StoreDamagedError } from '../store-damaged-error.ts';
import type { SealingCodec } from './codec.ts';

/** A codec that also tells `damaged$` of every seal that does not open for somebody who asked. */
export function tellDamage(codec: SealingCodec, damaged$: Subject<StoreDamagedError>): SealingCodec {
  const unseal: SealingCodec['unseal'] = async (row) => {
    try {
      return await codec.unseal(row);
    } catch (error) {
      if (error instanceof StoreDamagedError) damaged$.next(error);
      throw error;
    }
  };
  return { ...codec, unseal };
}
