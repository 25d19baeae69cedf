import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EntityName } from '#shared/entities.ts';
import { BRIEF_STATUSES } from '#shared/schema/brief.ts';
import { CASE_STATUSES } from '#shared/schema/case.ts';
import { EXHIBIT_STATUSES } from '#shared/schema/exhibit.ts';

/** A state that records of one kind can be in, by its name on their own screen. */
export interface NamedStatus {
  readonly entity: EntityName;
  readonly status: string;
  readonly name: string;
}

/** The states of all kinds that have any, kind by kind in the order of their life. */
export function useStatuses(): readonly NamedStatus[] {
  const { t } = useTranslation(['cases', 'exhibits', 'briefs']);
  return useMemo(
    () => [
      ...CASE_STATUSES.map((status) => ({ entity: 'case', status, name: t(`cases:status.${status}`) }) as const),
      ...EXHIBIT_STATUSES.map((status) => ({ entity: 'exhibit', status, name: t(`exhibits:status.${status}`) }) as const),
      ...BRIEF_STATUSES.map((status) => ({ entity: 'brief', status, name: t(`briefs:state.${status}`) }) as const),
    ],
    [t],
  );
}
