/** Why the store on disk is not the one the journal describes. */
export type StoreLoss = 'count' | 'journal-behind' | 'content' | 'remake';

/**
 * The store as a whole is not what it should be: rows missing or too many, altered content, or nothing to open. It is made
 * again from the journal, what is left, and the hub; never opened as it is.
 */
export class StoreLostError extends Error {
  /** The code of contract/errors.ts. */
  readonly code = 'store-lost';
  readonly detail: Readonly<Record<string, string | number>>;

  constructor(reason: StoreLoss, expected: number, found: number) {
    super(`the store is lost: ${reason}`);
    this.name = 'StoreLostError';
    this.detail = { reason, expected, found };
  }
}
