import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';

/** Turns an error into the sentence the officer reads: what happened, what was kept, what to do. */
export function useErrorText(): (error: AppError) => string {
  const { t } = useTranslation('errors');
  return useCallback((error: AppError) => t(error.code, { ...error.detail }), [t]);
}
