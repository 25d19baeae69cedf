import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

const NAMED = ['case', 'intel', 'brief', 'exhibit', 'contact'] as const;

/** The name of a kind of record; one without a name of its own is a record. */
export function useKindName(): (entity: string) => string {
  const { t } = useTranslation('search');
  return useCallback(
    (entity) => {
      const named = NAMED.find((known) => known === entity);
      return named ? t(`kind.${named}`) : t('kind.other');
    },
    [t],
  );
}
