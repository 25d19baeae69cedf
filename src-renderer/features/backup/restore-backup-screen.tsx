import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { PickedBackup } from '#shared/contract/backup.ts';
import type { Unlocked } from '#shared/contract/ipc.ts';
import { Button } from '../../kit/button.tsx';
import { CardPage } from '../../kit/card-page.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Stack } from '../../kit/page.tsx';
import { pickBackup, restoreBackup } from './actions.ts';
import { BackupProgressView } from './backup-progress.tsx';

interface RestoreBackupScreenProps {
  readonly onBack: () => void;
  /** The officer has a recovery kit and not the passphrase; a file is chosen. */
  readonly onKit: () => void;
  readonly onUnlocked: (unlocked: Unlocked) => void;
}

/** An officer from a backup: which file, its passphrase, a new one if wanted. */
export function RestoreBackupScreen({ onBack, onKit, onUnlocked }: RestoreBackupScreenProps) {
  const { t } = useTranslation(['backup', 'unlock', 'app']);
  const errorText = useErrorText();
  const [backup, setBackup] = useState<PickedBackup>();
  const [passphrase, setPassphrase] = useState('');
  const [next, setNext] = useState('');
  const [repeat, setRepeat] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const pick = async (): Promise<void> => {
    const picked = await pickBackup();
    setProblem(picked.ok ? '' : errorText(picked.error));
    if (!picked.ok) setBackup(undefined);
    else if (picked.value) setBackup(picked.value);
  };
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (next !== repeat) return setProblem(t('unlock:create.mismatch'));
    setBusy(true);
    setProblem('');
    const answer = await restoreBackup(passphrase, next);
    setBusy(false);
    if (answer.ok) return onUnlocked(answer.value);
    setProblem(errorText(answer.error));
    setPassphrase('');
  };
  const chosen = backup && { name: backup.name, label: backup.label, day: backup.madeAt.slice(0, 10) };
  return (
    <CardPage title={t('backup:restore.title')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <p>{t('backup:restore.explain')}</p>
          {chosen ? <p>{chosen.label ? t('backup:restore.chosenLabel', chosen) : t('backup:restore.chosen', chosen)}</p> : null}
          <div>
            <Button autoFocus isDisabled={busy} onPress={() => void pick()}>
              {backup ? t('backup:restore.other') : t('backup:restore.choose')}
            </Button>
          </div>
          {backup && !busy ? (
            <>
              <Notice kind="info">
                <p>{t('backup:restore.once')}</p>
              </Notice>
              <TextField label={t('backup:restore.passphrase')} hint={t('backup:restore.passphraseHint')} type="password" value={passphrase} onChange={setPassphrase} name="passphrase" />
              <TextField label={t('backup:restore.next')} hint={t('backup:restore.nextHint')} type="password" value={next} onChange={setNext} name="newPassphrase" />
              {next ? <TextField label={t('unlock:create.repeat')} type="password" value={repeat} onChange={setRepeat} name="repeat" /> : null}
            </>
          ) : null}
          {busy ? <BackupProgressView label={t('backup:restore.working')} /> : null}
          {problem ? (
            <Notice kind="bad">
              <p>{problem}</p>
            </Notice>
          ) : null}
          {backup && !busy ? (
            <div>
              <Button kind="quiet" onPress={onKit}>
                {t('backup:restore.kit')}
              </Button>
            </div>
          ) : null}
          {busy ? null : (
            <Actions>
              <Button onPress={onBack}>{t('app:action.back')}</Button>
              {backup ? (
                <Button kind="primary" type="submit" isDisabled={passphrase === ''}>
                  {t('backup:restore.submit')}
                </Button>
              ) : null}
            </Actions>
          )}
        </Stack>
      </form>
    </CardPage>
  );
}
