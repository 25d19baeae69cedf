import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section, Stack } from '../../kit/page.tsx';
import { changePassphrase } from './actions.ts';

const EMPTY = { current: '', next: '', repeat: '' } as const;
type Fields = { readonly [name in keyof typeof EMPTY]: string };

/** Asks for the current passphrase and twice for the new one. */
export function ChangePassphraseForm() {
  const { t } = useTranslation(['settings', 'unlock']);
  const errorText = useErrorText();
  const [fields, setFields] = useState<Fields>(EMPTY);
  const [problem, setProblem] = useState('');
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking');
  const set = (name: keyof Fields) => (value: string) => {
    setFields({ ...fields, [name]: value });
    setState('asking');
  };

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (fields.next !== fields.repeat) return setProblem(t('unlock:create.mismatch'));
    setState('busy');
    setProblem('');
    const changed = await changePassphrase(fields.current, fields.next);
    setProblem(changed.ok ? '' : errorText(changed.error));
    setState(changed.ok ? 'done' : 'asking');
    setFields(changed.ok ? EMPTY : { ...fields, current: '' });
  };
  return (
    <Section title={t('settings:passphrase.title')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <p>{t('settings:passphrase.explain')}</p>
          <TextField label={t('settings:passphrase.current')} type="password" value={fields.current} onChange={set('current')} name="currentPassphrase" />
          <TextField label={t('settings:passphrase.next')} hint={t('unlock:create.passphraseHint')} type="password" value={fields.next} onChange={set('next')} name="newPassphrase" />
          <TextField label={t('settings:passphrase.repeat')} type="password" value={fields.repeat} onChange={set('repeat')} name="repeatPassphrase" />
          {problem ? (
            <Notice kind="bad">
              <p>{problem}</p>
            </Notice>
          ) : null}
          {state === 'done' ? (
            <Notice kind="ok">
              <p>{t('settings:passphrase.done')}</p>
            </Notice>
          ) : null}
          <div>
            <Button type="submit" isDisabled={state === 'busy' || fields.current === '' || fields.next === ''}>
              {state === 'busy' ? t('settings:passphrase.working') : t('settings:passphrase.submit')}
            </Button>
          </div>
        </Stack>
      </form>
    </Section>
  );
}
