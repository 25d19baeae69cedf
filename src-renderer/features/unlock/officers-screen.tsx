import { useTranslation } from 'react-i18next';
import type { OfficerEntry } from '#shared/contract/ipc.ts';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { useOfficerName } from './officer-name.ts';
import styles from './unlock.module.css';

interface OfficersScreenProps {
  readonly officers: readonly OfficerEntry[];
  readonly onChoose: (officer: OfficerEntry) => void;
  readonly onNew: () => void;
  readonly onRestore: () => void;
  readonly onLanguage: () => void;
}

/** Who is at this laptop: every officer by the name they chose to show, and a way in for a new one. */
export function OfficersScreen({ officers, onChoose, onNew, onRestore, onLanguage }: OfficersScreenProps) {
  const { t } = useTranslation(['unlock', 'backup']);
  const nameOf = useOfficerName();
  return (
    <main className={styles['screen']}>
      <div className={styles['card']}>
        <h1>{t('unlock:officers.title')}</h1>
        <p>{t('unlock:officers.explain')}</p>
        <ul className={styles['officers']}>
          {officers.map((officer) => (
            <li key={officer.id}>
              <Button onPress={() => onChoose(officer)}>{nameOf(officer)}</Button>
            </li>
          ))}
        </ul>
        <Actions>
          <Button kind="quiet" onPress={onLanguage}>
            {t('unlock:officers.language')}
          </Button>
          <Button kind="quiet" onPress={onRestore}>
            {t('backup:restore.link')}
          </Button>
          <Button onPress={onNew}>{t('unlock:officers.new')}</Button>
        </Actions>
      </div>
    </main>
  );
}
