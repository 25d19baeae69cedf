import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Unlocked } from '#shared/contract/ipc.ts';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { pickWords, restoreProfile, type OpenWithKit } from './actions.ts';
import styles from './recovery.module.css';

interface RestoreScreenProps {
  /** What the key of the sheets opens. */
  readonly open: OpenWithKit;
  readonly onBack: () => void;
  readonly onUnlocked: (unlocked: Unlocked) => void;
}

/** The way back in without the passphrase: words or files of the sheets, and a new passphrase. */
export function RestoreScreen({ open, onBack, onUnlocked }: RestoreScreenProps) {
  const { t } = useTranslation(['recovery', 'unlock', 'app']);
  const errorText = useErrorText();
  const [texts, setTexts] = useState<readonly string[]>(['']);
  const [passphrase, setPassphrase] = useState('');
  const [repeat, setRepeat] = useState('');
  const [problem, setProblem] = useState<{ readonly text: string; readonly sheet?: number | undefined }>();
  const [busy, setBusy] = useState(false);
  const setText = (at: number, text: string): void => {
    // An invalid field holds its form back, so what was wrong is forgotten with the first change.
    setProblem(undefined);
    setTexts(texts.map((held, nth) => (nth === at ? text : held)));
  };

  const pick = async (): Promise<void> => {
    const picked = await pickWords();
    if (!picked.ok) return setProblem({ text: errorText(picked.error) });
    const filled = [...texts.filter((text) => text.trim() !== ''), ...picked.value];
    setProblem(undefined);
    if (filled.length > 0) setTexts(filled);
  };
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (passphrase !== repeat) return setProblem({ text: t('unlock:create.mismatch') });
    setBusy(true);
    setProblem(undefined);
    const answer = await restoreProfile(open, texts, passphrase);
    setBusy(false);
    if (answer.ok) onUnlocked(answer.value);
    else setProblem({ text: errorText(answer.error.error), sheet: answer.error.sheet });
  };
  return (
    <main className={styles['screen']}>
      <form className={styles['card']} onSubmit={(event) => void submit(event)}>
        <h1>{t('recovery:restore.title')}</h1>
        <p>{t('recovery:restore.explain')}</p>
        {texts.map((text, at) => (
          <TextField
            key={at}
            label={t('recovery:restore.words', { number: at + 1 })}
            rows={4}
            value={text}
            onChange={(next) => setText(at, next)}
            lang="en"
            name={`sheet${at + 1}`}
            error={problem?.sheet === at ? problem.text : undefined}
          />
        ))}
        <Actions>
          <Button onPress={() => setTexts([...texts, ''])}>{t('recovery:restore.add')}</Button>
          <Button onPress={() => void pick()}>{t('recovery:restore.files')}</Button>
        </Actions>
        <TextField label={t('unlock:create.passphrase')} hint={t('unlock:create.passphraseHint')} type="password" value={passphrase} onChange={setPassphrase} name="passphrase" />
        <TextField label={t('unlock:create.repeat')} type="password" value={repeat} onChange={setRepeat} name="repeat" />
        {problem && problem.sheet === undefined ? (
          <Notice kind="bad">
            <p>{problem.text}</p>
          </Notice>
        ) : null}
        <Actions>
          <Button onPress={onBack}>{t('app:action.back')}</Button>
          <Button kind="primary" type="submit" isDisabled={busy || passphrase === '' || texts.every((text) => text.trim() === '')}>
            {busy ? t('unlock:locked.working') : t('recovery:restore.submit')}
          </Button>
        </Actions>
      </form>
    </main>
  );
}
