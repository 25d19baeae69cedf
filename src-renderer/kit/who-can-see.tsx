import { useTranslation } from 'react-i18next';
import { useFmt } from '../i18n/use-fmt.ts';
import styles from './who-can-see.module.css';

interface WhoCanSeeProps {
  readonly audience: readonly string[];
  readonly nameOf: (bucket: string) => string;
}

/** Who can read a record, by name; above the fold on every record. */
export function WhoCanSee({ audience, nameOf }: WhoCanSeeProps) {
  const { t } = useTranslation('cases');
  const fmt = useFmt();
  return (
    <p className={styles['who']}>
      <strong>{t('who.title')}</strong> <span>{audience.length === 0 ? t('who.nobody') : fmt.list(audience.map(nameOf))}</span>
    </p>
  );
}
