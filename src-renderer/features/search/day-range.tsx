import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/button.tsx';
import { DayField } from '../../kit/day-field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { useSearchView } from './store.ts';
import { isReversed } from './view-query.ts';
import styles from './search.module.css';

/** The two days between which the last edit lies; either may be left open. */
export function DayRange() {
  const { t } = useTranslation('search');
  const view = useSearchView();
  const { firstDay, lastDay } = view;
  return (
    <div className={styles['days']}>
      <DayField label={t('days.first')} value={firstDay} onChange={(day) => useSearchView.setState({ firstDay: day })} />
      <DayField label={t('days.last')} value={lastDay} onChange={(day) => useSearchView.setState({ lastDay: day })} />
      <Button isDisabled={firstDay === '' && lastDay === ''} onPress={() => useSearchView.setState({ firstDay: '', lastDay: '' })}>
        {t('days.clear')}
      </Button>
      {isReversed(view) ? (
        <Notice kind="warn">
          <p>{t('days.reversed')}</p>
        </Notice>
      ) : null}
    </div>
  );
}
