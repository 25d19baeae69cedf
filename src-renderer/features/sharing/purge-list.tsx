import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PurgedUnit } from '#shared/contract/purge.ts';
import { useNames } from '../../db/services.tsx';
import { Section } from '../../kit/page.tsx';
import { findPurges } from './actions.ts';

/** Who removed a record that they may no longer read, device by device as they signed it; nothing where nobody had to. */
export function PurgeList({ record }: { readonly record: string }) {
  const { t } = useTranslation('sharing');
  const names = useNames();
  const [units, setUnits] = useState<readonly PurgedUnit[]>([]);
  useEffect(() => {
    let isShown = true;
    void findPurges(record).then((found) => isShown && setUnits(found));
    return () => {
      isShown = false;
    };
  }, [record]);
  if (units.length === 0) return null;
  return (
    <Section title={t('purge.title')}>
      <p>{t('purge.explain')}</p>
      <ul data-testid="purges">
        {units.map(({ unit, devices, purged, lost }) => (
          <li key={unit}>
            {t('purge.line', { unit: names.unit(unit), purged, total: devices })}
            {lost > 0 ? ` ${t('purge.lost', { total: lost })}` : ''}
          </li>
        ))}
      </ul>
    </Section>
  );
}
