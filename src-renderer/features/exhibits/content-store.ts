import { create } from 'zustand';
import type { AppError } from '#shared/contract/errors.ts';
import type { ContentTransfer } from '#shared/contract/transfers.ts';

/** Contents on their way as main last told, undefined before that; and the exhibit whose last request failed with what. Cleared by lock. */
interface ContentView {
  readonly transfers: readonly ContentTransfer[] | undefined;
  readonly problem: { readonly exhibit: string; readonly error: AppError } | undefined;
}

export const useContentView = create<ContentView>(() => ({ transfers: undefined, problem: undefined }));
