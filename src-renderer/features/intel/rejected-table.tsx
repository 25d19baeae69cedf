import { useTranslation } from 'react-i18next';
import type { IntakeRejection } from '#shared/intake/intake-file.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Section } from '../../kit/page.tsx';
import styles from './intel.module.css';

/** Most rows shown; the count above them is always whole. */
const SHOWN = 500;

/** Every object that was left out, with its place in the file and the reason. */
export function RejectedTable({ rejected }: { readonly rejected: readonly IntakeRejection[] }) {
  const { t } = useTranslation('intel');
  const fmt = useFmt();
  if (rejected.length === 0) return null;
  return (
    <Section title={t('rejected.title')}>
      <div className={styles['rejected']} tabIndex={0} role="group" aria-label={t('rejected.title')}>
        <table>
          <thead>
            <tr>
              <th>{t('rejected.position')}</th>
              <th>{t('rejected.type')}</th>
              <th>{t('rejected.id')}</th>
              <th>{t('rejected.reason')}</th>
            </tr>
          </thead>
          <tbody>
            {rejected.slice(0, SHOWN).map((row) => (
              <tr key={`${row.index} ${row.id}`}>
                <td className="number">{fmt.number(row.index + 1)}</td>
                <td lang="en">{row.type}</td>
                <td lang="en">
                  <bdi>{row.id}</bdi>
                </td>
                <td>{t(`rejected.${row.reason}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
