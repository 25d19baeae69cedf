import { useEffect, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { OfficerEntry, Unlocked } from '#shared/contract/ipc.ts';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { unlockProfile } from './actions.ts';
import { useOfficerName } from './officer-name.ts';
import styles from './unlock.module.css';

interface UnlockScreenProps {
  readonly officer: OfficerEntry;
  /** To the officers of this laptop. */
  readonly onOthers: () => void;
  /** The passphrase is forgotten. */
  readonly onRecover: () => void;
  readonly onUnlocked: (unlocked: Unlocked) => void;
}

/** Asks for the passphrase; after three wrong ones it counts down the wait. */
export function UnlockScreen({ officer, onOthers, onRecover, onUnlocked }: UnlockScreenProps) {
  const { t } = useTranslation(['unlock', 'recovery']);
  const errorText = useErrorText();
  const nameOf = useOfficerName();
  const [passphrase, setPassphrase] = useState('');
  const [wait, setWait] = useState(officer.waitSeconds);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(''); // the same sentence again is news
    const answer = await unlockProfile(officer.id, passphrase);
    setBusy(false);
    if (answer.ok) return onUnlocked(answer.value);
    setProblem(errorText(answer.error));
    setWait(Number(answer.error.detail?.['seconds'] ?? 0));
    setPassphrase('');
  };
  const waiting = wait > 0;
  return (
    <main className={styles['screen']}>
      <form className={styles['card']} onSubmit={(event) => void submit(event)}>
        <h1>{t('unlock:locked.title')}</h1>
        <p>{t('unlock:locked.explain')}</p>
        <p className={styles['muted']}>{nameOf(officer)}</p>
        <TextField label={t('unlock:create.passphrase')} type="password" value={passphrase} onChange={setPassphrase} required autoFocus name="passphrase" />
        {waiting || problem ? (
          <Notice kind="bad">
            <p>{waiting ? errorText({ code: 'passphrase-wait', detail: { seconds: wait } }) : problem}</p>
          </Notice>
        ) : null}
        <div>
          <Button kind="quiet" onPress={onRecover}>
            {t('recovery:restore.link')}
          </Button>
        </div>
        <Actions>
          <Button onPress={onOthers}>{t('unlock:officers.others')}</Button>
          <Button kind="primary" type="submit" isDisabled={busy || waiting || passphrase === ''}>
            {busy ? t('unlock:locked.working') : t('unlock:locked.submit')}
          </Button>
        </Actions>
      </form>
    </main>
  );
}
