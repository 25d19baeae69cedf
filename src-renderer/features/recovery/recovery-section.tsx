import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecoveryKit } from '#shared/contract/ipc.ts';
import { Button } from '../../kit/button.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import { recoveryState } from './actions.ts';
import { MakeKit } from './make-kit.tsx';

/** In the settings: which kit opens this profile, and how to make another. */
export function RecoverySection() {
  const { t } = useTranslation(['recovery', 'app']);
  const [kit, setKit] = useState<RecoveryKit | null>();
  const [state, setState] = useState<'shown' | 'making' | 'made'>('shown');
  useEffect(() => {
    void recoveryState().then(setKit);
  }, []);
  return (
    <Section title={t('recovery:kit.title')}>
      <p>{t('recovery:kit.explain')}</p>
      {kit === null ? (
        <Notice kind="warn">
          <p>{t('recovery:kit.none')}</p>
        </Notice>
      ) : null}
      {kit ? (
        <p>
          {t('recovery:kit.made', { kit: kit.kit, day: kit.madeAt.slice(0, 10) })} {kit.sheets > 1 ? t('recovery:kit.split', { threshold: kit.threshold, sheets: kit.sheets }) : null}
        </p>
      ) : null}
      {state === 'made' && kit ? (
        <Notice kind="ok">
          <p>{t('recovery:kit.done', { kit: kit.kit })}</p>
        </Notice>
      ) : null}
      {state === 'making' ? (
        <MakeKit
          cancelLabel={t('app:action.cancel')}
          onCancel={() => setState('shown')}
          onMade={(made) => {
            setKit(made);
            setState('made');
          }}
        />
      ) : (
        <>
          {kit ? <p>{t('recovery:kit.replaceHint')}</p> : null}
          <div>
            <Button onPress={() => setState('making')}>{kit ? t('recovery:kit.replace') : t('recovery:kit.make')}</Button>
          </div>
        </>
      )}
    </Section>
  );
}
