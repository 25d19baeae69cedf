import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { TLP, type Tlp } from '#shared/schema/record.ts';
import { useServices } from '../../db/services.tsx';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { SelectField, TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Stack } from '../../kit/page.tsx';
import { createBrief } from './actions.ts';
import { useBriefView } from './store.ts';

/** Title and TLP of a new brief; its statements follow once it exists. */
export function NewBriefForm() {
  const { t, i18n } = useTranslation(['briefs', 'app']);
  const { data } = useServices();
  const errorText = useErrorText();
  const [title, setTitle] = useState('');
  const [tlp, setTlp] = useState<Tlp>('AMBER');
  const [problem, setProblem] = useState('');
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setProblem('');
    const created = await createBrief(data, title, i18n.language, tlp);
    if (created.ok) useBriefView.setState({ creating: false, selectedId: created.value.id });
    else setProblem(errorText(created.error));
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextField label={t('briefs:field.title')} value={title} onChange={setTitle} required autoFocus name="title" />
        <SelectField
          label={t('briefs:field.tlp')}
          value={tlp}
          choices={TLP.map((label) => ({ id: label, label: `TLP:${label}`, lang: 'en' }))}
          onChange={(id) => setTlp(TLP.find((label) => label === id) ?? tlp)}
        />
        {problem ? (
          <Notice kind="bad">
            <p>{problem}</p>
          </Notice>
        ) : null}
        <Actions>
          <Button onPress={() => useBriefView.setState({ creating: false })}>{t('app:action.cancel')}</Button>
          <Button kind="primary" type="submit">
            {t('app:action.save')}
          </Button>
        </Actions>
      </Stack>
    </form>
  );
}
