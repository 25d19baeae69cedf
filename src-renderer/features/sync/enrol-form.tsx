import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section, Stack } from '../../kit/page.tsx';
import { enrol } from './actions.ts';

/** Takes the one-time code that binds this device to a unit at a hub. */
export function EnrolForm() {
  const { t } = useTranslation('sync');
  const errorText = useErrorText();
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<AppError>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    const enrolled = await enrol(code.trim());
    setBusy(false);
    setProblem(enrolled.ok ? undefined : enrolled.error);
  };
  return (
    <Section title={t('enrol.title')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <p>{t('enrol.explain')}</p>
          <TextField label={t('enrol.code')} value={code} onChange={setCode} required name="code" lang="en" />
          {problem ? (
            <Notice kind="bad">
              <p>{errorText(problem)}</p>
            </Notice>
          ) : null}
          <div>
            <Button kind="primary" type="submit" isDisabled={busy || code.trim() === ''}>
              {t('enrol.submit')}
            </Button>
          </div>
        </Stack>
      </form>
    </Section>
  );
}
