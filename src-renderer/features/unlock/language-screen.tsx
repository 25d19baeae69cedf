import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/button.tsx';
import { LANGUAGES } from '../../i18n/locales.ts';
import styles from './unlock.module.css';

interface LanguageScreenProps {
  readonly current: string;
  readonly onChoose: (tag: string) => void;
}

/** The first screen: every complete language by its own name in its own script. */
export function LanguageScreen({ current, onChoose }: LanguageScreenProps) {
  const { t } = useTranslation('unlock');
  return (
    <main className={styles['screen']}>
      <div className={styles['card']}>
        <h1>{t('welcome.title')}</h1>
        <p>{t('welcome.hint')}</p>
        <div className={styles['languages']} role="group" aria-label={t('welcome.title')}>
          {LANGUAGES.filter((language) => language.uiComplete).map((language) => (
            <Button key={language.tag} kind={language.tag === current ? 'primary' : 'plain'} onPress={() => onChoose(language.tag)}>
              <span lang={language.tag}>{language.selfName}</span>
            </Button>
          ))}
        </div>
      </div>
    </main>
  );
}
