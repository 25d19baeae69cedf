/** The disk has no room for a write; nothing of it was made. */
export class StoreFullError extends Error {
  /** The code of contract/errors.ts. */
  readonly code = 'store-full';

  constructor(cause?: unknown) {
    super('the store has no room', { cause });
    this.name = 'StoreFullError';
  }
}
