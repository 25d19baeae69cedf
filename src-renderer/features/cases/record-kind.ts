import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

const NAMED = ['case', 'intel', 'brief'] as const;

/** The name of a kind of record; its code where this screen has no name for it. */
export function useRecordKind(): (entity: string) => string {
  const { t } = useTranslation('cases');
  return useCallback(
    (entity) => {
      const named = NAMED.find((known) => known === entity);
      return named ? t(`entity.${named}`) : entity;
    },
    [t],
  );
}
