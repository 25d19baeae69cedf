import { create } from 'zustand';
import type { AppError } from '#shared/contract/errors.ts';
import type { UnfinishedImport, VaultCheck, VaultProgress } from '#shared/contract/vault.ts';

/** The long work under way in the vault; there is one at a time. */
export interface Work {
  readonly job: string;
  /** Case whose panel shows it. */
  readonly caseId: string;
  readonly name: string;
  readonly progress: VaultProgress | undefined;
}

/** What the last work came to, until the officer starts another. */
export type Outcome =
  | { readonly kind: 'failed'; readonly caseId: string; readonly error: AppError }
  | { readonly kind: 'sealed' | 'exported'; readonly caseId: string; readonly name: string }
  | { readonly kind: 'verified'; readonly caseId: string; readonly name: string; readonly check: VaultCheck };

/** Work in the vault goes on while the officer looks elsewhere, so it is kept here; cleared by lock (the window's process ends). */
interface ExhibitView {
  readonly openId: string | undefined;
  /** An exhibit asked for from elsewhere, until its line has been brought into view. */
  readonly soughtId: string | undefined;
  readonly work: Work | undefined;
  readonly outcome: Outcome | undefined;
  /** Undefined until asked for the first time. */
  readonly unfinished: readonly UnfinishedImport[] | undefined;
}

export const useExhibitView = create<ExhibitView>(() => ({ openId: undefined, soughtId: undefined, work: undefined, outcome: undefined, unfinished: undefined }));
