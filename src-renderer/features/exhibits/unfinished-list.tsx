import { useTranslation } from 'react-i18next';
import { useServices } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { isolate } from '../../i18n/isolate.ts';
import { Button } from '../../kit/button.tsx';
import { discardImport, readNote, resumeImport } from './actions.ts';
import { useExhibitView } from './store.ts';
import styles from './exhibits.module.css';

/** Imports of a case that were cut off or stopped, each to resume or to give up. */
export function UnfinishedList({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation('exhibits');
  const { data } = useServices();
  const fmt = useFmt();
  const { unfinished, work } = useExhibitView();
  const mine = (unfinished ?? []).filter(({ note }) => readNote(note).caseId === caseId);
  if (mine.length === 0) return null;
  return (
    <ul className={styles['list']} aria-label={t('unfinished.title')}>
      {mine.map((item) => (
        <li key={item.job} className={styles['unfinished']}>
          <p>{t('unfinished.text', { name: isolate(item.name), done: fmt.bytes(item.doneBytes), total: fmt.bytes(item.sizeBytes) })}</p>
          <div className={styles['tools']}>
            <Button isDisabled={work !== undefined} onPress={() => void resumeImport(data, item)}>
              {t('unfinished.resume')}
            </Button>
            <Button kind="quiet" isDisabled={work !== undefined} onPress={() => void discardImport(data, item)}>
              {t('unfinished.discard')}
            </Button>
          </div>
        </li>
      ))}
    </ul>
  );
}
