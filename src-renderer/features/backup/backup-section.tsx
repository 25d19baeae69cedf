import { useEffect, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { BackupMade } from '#shared/contract/backup.ts';
import { useServices } from '../../db/services.tsx';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section, Stack } from '../../kit/page.tsx';
import { makeBackup } from './actions.ts';
import { BackupProgressView } from './backup-progress.tsx';

/** In the settings: when the last backup was made, and how to make another. */
export function BackupSection() {
  const { t } = useTranslation('backup');
  const { data } = useServices();
  const errorText = useErrorText();
  const [last, setLast] = useState<BackupMade | null>();
  const [passphrase, setPassphrase] = useState('');
  const [problem, setProblem] = useState('');
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking');
  useEffect(() => {
    void data.lastBackup().then((made) => setLast(made ?? null));
  }, [data]);

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setState('busy');
    setProblem('');
    const made = await makeBackup(data, passphrase);
    setPassphrase('');
    setState(made.ok && made.value ? 'done' : 'asking');
    if (!made.ok) setProblem(errorText(made.error));
    else if (made.value) setLast(made.value);
  };
  return (
    <Section title={t('make.title')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <p>{t('make.explain')}</p>
          {last === null ? (
            <Notice kind="warn">
              <p>{t('make.none')}</p>
            </Notice>
          ) : null}
          {last ? <p>{t('make.last', { day: last.madeAt.slice(0, 10) })}</p> : null}
          {state === 'busy' ? (
            <BackupProgressView label={t('make.working')} />
          ) : (
            <TextField label={t('make.passphrase')} type="password" value={passphrase} onChange={setPassphrase} name="backupPassphrase" />
          )}
          {problem ? (
            <Notice kind="bad">
              <p>{problem}</p>
            </Notice>
          ) : null}
          {state === 'done' && last ? (
            <Notice kind="ok">
              <p>{t('make.done', { count: last.rows })}</p>
            </Notice>
          ) : null}
          {state === 'busy' ? null : (
            <div>
              <Button type="submit" isDisabled={passphrase === ''}>
                {t('make.submit')}
              </Button>
            </div>
          )}
        </Stack>
      </form>
    </Section>
  );
}
