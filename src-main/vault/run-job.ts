import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { UnfinishedImport, VaultCheck, VaultExport, VaultItem } from '#shared/contract/vault.ts';
import { exportExhibit, removePartialExports } from './export.ts';
import { VaultFailure } from './failure.ts';
import { beginImport, runImport, type OnProgress } from './import.ts';
import { receiveExhibit, type ReceivedPart } from './receive.ts';
import { discardImport, listUnfinished, settleImport, toItem } from './unfinished.ts';
import { verifyExhibit } from './verify.ts';
import { makeVaultFolders, type VaultFolder } from './vault-folder.ts';

/** One piece of work in the vault, as main asks its helper process for it. */
export type VaultJob =
  | { readonly kind: 'begin'; readonly id: string; readonly source: string; readonly name: string; readonly note: string }
  | { readonly kind: 'import'; readonly id: string }
  | { readonly kind: 'verify'; readonly id: string; readonly sha256: string }
  | { readonly kind: 'export'; readonly job: string; readonly id: string; readonly target: string }
  | ({ readonly kind: 'receive' } & ReceivedPart)
  | { readonly kind: 'unfinished'; /** First look since the profile was unlocked: clean up after an abrupt end. */ readonly first: boolean }
  | { readonly kind: 'settle'; readonly id: string }
  | { readonly kind: 'discard'; readonly id: string };

/** What each kind of work answers. */
export interface VaultAnswers {
  readonly begin: VaultItem;
  readonly import: VaultItem;
  readonly verify: VaultCheck;
  readonly export: VaultExport;
  readonly receive: VaultItem;
  readonly unfinished: readonly UnfinishedImport[];
  readonly settle: null;
  readonly discard: null;
}

async function answer(vault: VaultFolder, job: VaultJob, signal: AbortSignal, onProgress: OnProgress): Promise<VaultAnswers[keyof VaultAnswers]> {
  switch (job.kind) {
    case 'begin':
      await beginImport(vault, { id: job.id, source: job.source, name: job.name, note: job.note });
      return toItem(await runImport(vault, job.id, signal, onProgress));
    case 'import':
      return toItem(await runImport(vault, job.id, signal, onProgress));
    case 'verify':
      return verifyExhibit(vault, job.id, job.sha256, signal, onProgress);
    case 'export':
      return exportExhibit(vault, job, signal, onProgress);
    case 'receive':
      return toItem(await receiveExhibit(vault, job, signal, onProgress));
    case 'unfinished':
      await makeVaultFolders(vault);
      if (job.first) await removePartialExports(vault);
      return listUnfinished(vault);
    case 'settle':
      await settleImport(vault, job.id);
      return null;
    case 'discard':
      await discardImport(vault, job.id);
      return null;
  }
}

/** Runs one job to its end. Every failure is a Result; what nobody expected is `unexpected`, and its text stays here: it may hold a path. */
export async function runJob<J extends VaultJob>(vault: VaultFolder, job: J, signal: AbortSignal, onProgress: OnProgress): Promise<Result<VaultAnswers[J['kind']], AppError>> {
  try {
    return ok((await answer(vault, job, signal, onProgress)) as VaultAnswers[J['kind']]);
  } catch (error) {
    return err(error instanceof VaultFailure ? error.error : { code: 'unexpected' });
  }
}
