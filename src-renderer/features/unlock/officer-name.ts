import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { OfficerEntry } from '#shared/contract/ipc.ts';

/** What the start screen calls an officer: their nickname, or "Officer 1" in the language of the screen. */
export function useOfficerName(): (officer: OfficerEntry) => string {
  const { t } = useTranslation('unlock');
  return useCallback(({ label, number }) => label || t('officers.unnamed', { number }), [t]);
}
