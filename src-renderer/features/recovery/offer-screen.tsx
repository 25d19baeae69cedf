import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { Notice } from '../../kit/notice.tsx';
import { MakeKit } from './make-kit.tsx';
import styles from './recovery.module.css';

/** After a profile is made: a recovery kit now, or later in the settings. */
export function OfferScreen({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation('recovery');
  const [state, setState] = useState<'offered' | 'making' | { readonly kit: string }>('offered');
  return (
    <main className={styles['screen']}>
      <div className={styles['card']}>
        <h1>{t('kit.title')}</h1>
        {state === 'making' ? (
          <MakeKit cancelLabel={t('offer.later')} onCancel={onDone} onMade={({ kit }) => setState({ kit })} />
        ) : (
          <>
            <p>{t('kit.explain')}</p>
            {state === 'offered' ? (
              <>
                <p>{t('offer.hint')}</p>
                <Actions>
                  <Button onPress={onDone}>{t('offer.later')}</Button>
                  <Button kind="primary" onPress={() => setState('making')}>
                    {t('kit.make')}
                  </Button>
                </Actions>
              </>
            ) : (
              <>
                <Notice kind="ok">
                  <p>{t('kit.done', { kit: state.kit })}</p>
                </Notice>
                <Actions>
                  <Button kind="primary" onPress={onDone}>
                    {t('offer.continue')}
                  </Button>
                </Actions>
              </>
            )}
          </>
        )}
      </div>
    </main>
  );
}
