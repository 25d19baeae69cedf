import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useServices } from '../../db/services.tsx';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section, Stack } from '../../kit/page.tsx';
import { removeProfile } from './actions.ts';

const plain = (text: string) => text.normalize('NFKC').trim();

/** Destroys the officer's own profile on this laptop: says what is lost, asks for the typed name and the passphrase. */
export function RemoveProfileForm() {
  const { t } = useTranslation('settings');
  const { fullName, link, pending, setAside } = useServices();
  const errorText = useErrorText();
  const [typed, setTyped] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    // Where it succeeds, main ends this window: there is nothing left to show.
    const removed = await removeProfile(passphrase);
    setBusy(false);
    setPassphrase('');
    if (!removed.ok) setProblem(errorText(removed.error));
  };
  const unsent = pending.count + setAside.length;
  return (
    <Section title={t('remove.title')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <p>{t('remove.explain')}</p>
          {link?.enrolment ? (
            <Notice kind={unsent > 0 ? 'warn' : 'info'}>
              <p>{unsent > 0 ? t('remove.unsent', { count: unsent }) : t('remove.allSent')}</p>
            </Notice>
          ) : (
            <Notice kind="warn">
              <p>{t('remove.onlyHere')}</p>
            </Notice>
          )}
          <TextField label={t('remove.confirm', { name: fullName })} value={typed} onChange={setTyped} name="removeConfirm" />
          <TextField label={t('passphrase.current')} type="password" value={passphrase} onChange={setPassphrase} name="removePassphrase" />
          {problem ? (
            <Notice kind="bad">
              <p>{problem}</p>
            </Notice>
          ) : null}
          <div>
            <Button kind="danger" type="submit" isDisabled={busy || passphrase === '' || plain(typed) !== plain(fullName)}>
              {t('remove.submit')}
            </Button>
          </div>
        </Stack>
      </form>
    </Section>
  );
}
