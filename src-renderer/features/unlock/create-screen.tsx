import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Unlocked } from '#shared/contract/ipc.ts';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { createProfile } from './actions.ts';
import styles from './unlock.module.css';

interface CreateScreenProps {
  readonly keychain: boolean;
  readonly onBack: () => void;
  readonly onRestore: () => void;
  readonly onUnlocked: (unlocked: Unlocked) => void;
}

/** Characters the start screen shows of a nickname. */
const LABEL_MAX = 20;

/** A new officer: name, what the start screen shows, passphrase. */
export function CreateScreen({ keychain, onBack, onRestore, onUnlocked }: CreateScreenProps) {
  const { t } = useTranslation(['unlock', 'backup', 'app']);
  const errorText = useErrorText();
  const [name, setName] = useState('');
  const [label, setLabel] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [repeat, setRepeat] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (passphrase !== repeat) return setProblem(t('unlock:create.mismatch'));
    setBusy(true);
    setProblem('');
    const answer = await createProfile(name, label, passphrase);
    setBusy(false);
    if (answer.ok) onUnlocked(answer.value);
    else setProblem(errorText(answer.error));
  };
  return (
    <main className={styles['screen']}>
      <form className={styles['card']} onSubmit={(event) => void submit(event)}>
        <h1>{t('unlock:create.title')}</h1>
        <p>{t('unlock:create.explain')}</p>
        <TextField label={t('unlock:create.name')} hint={t('unlock:create.nameHint')} value={name} onChange={setName} required autoFocus name="fullName" />
        <TextField label={t('unlock:create.label')} hint={t('unlock:create.labelHint')} value={label} onChange={(text) => setLabel([...text].slice(0, LABEL_MAX).join(''))} name="label" />
        <TextField label={t('unlock:create.passphrase')} hint={t('unlock:create.passphraseHint')} type="password" value={passphrase} onChange={setPassphrase} required name="passphrase" />
        <TextField label={t('unlock:create.repeat')} type="password" value={repeat} onChange={setRepeat} required name="repeat" />
        <p className={styles['muted']}>{keychain ? t('unlock:create.keychainYes') : t('unlock:create.keychainNo')}</p>
        {problem ? (
          <Notice kind="bad">
            <p>{problem}</p>
          </Notice>
        ) : null}
        <div>
          <Button kind="quiet" onPress={onRestore}>
            {t('backup:restore.link')}
          </Button>
        </div>
        <Actions>
          <Button onPress={onBack}>{t('app:action.back')}</Button>
          <Button kind="primary" type="submit" isDisabled={busy || name.trim() === '' || passphrase === ''}>
            {busy ? t('unlock:locked.working') : t('unlock:create.submit')}
          </Button>
        </Actions>
      </form>
    </main>
  );
}
