import { ERROR_CODES, type ErrorCode } from '#shared/contract/errors.ts';

/** The expected failure in anything thrown, or undefined. */
export function codeOf(error: unknown): ErrorCode | undefined {
  const code = (Object(error) as { code?: unknown }).code;
  return ERROR_CODES.find((known) => known === code);
}

/** The store's own failure inside an error, also where RxDB wrapped it: damaged, full, or undefined. */
export function storeCodeOf(error: unknown): ErrorCode | undefined {
  const text = JSON.stringify([error, (Object(error) as { parameters?: unknown }).parameters, String(error)]) ?? '';
  if (codeOf(error) === 'store-damaged' || text.includes('store-damaged')) return 'store-damaged';
  return codeOf(error) === 'store-full' || text.includes('store-full') ? 'store-full' : undefined;
}
