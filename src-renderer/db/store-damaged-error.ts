/**
 * A stored document whose seal does not open or whose clear fields were changed.
 * Never treated as a missing document; the message names the place, never content.
 */
export class StoreDamagedError extends Error {
  /** The code of contract/errors.ts. */
  readonly code = 'store-damaged';
  readonly collection: string;
  readonly id: string;

  constructor(collection: string, id: string, cause?: unknown) {
    super(`a stored document of '${collection}' is damaged`, { cause });
    this.name = 'StoreDamagedError';
    this.collection = collection;
    this.id = id;
  }
}
