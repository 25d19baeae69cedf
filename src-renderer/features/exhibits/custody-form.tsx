import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import { useServices } from '../../db/services.tsx';
import { useDraft } from '../../db/use-draft.ts';
import { Button } from '../../kit/button.tsx';
import { Actions, Dialog } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { FieldRow, SelectField, TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Stack } from '../../kit/page.tsx';
import { addEntry } from './custody-log.ts';
import { MANUAL_ACTS, needsParty, type ManualAct } from './custody-sentence.ts';

/** Records an act upon an exhibit: what, from whom to whom, in which condition, why. It cannot be changed afterwards, and says so. */
export function CustodyForm({ exhibit, onClose }: { readonly exhibit: string; readonly onClose: () => void }) {
  const { t, i18n } = useTranslation(['exhibits', 'app']);
  const { data } = useServices();
  const errorText = useErrorText();
  const { value, isRead, set, clear } = useDraft(`custody:${exhibit}`, { act: 'handed-over', from: '', to: '', reason: '', condition: '' });
  const [problem, setProblem] = useState<AppError>();
  const [isSaving, setSaving] = useState(false);
  const act: ManualAct = MANUAL_ACTS.find((known) => known === value.act) ?? 'handed-over';
  const field = (name: 'from' | 'to' | 'reason' | 'condition') => ({ value: value[name], name, onChange: (text: string) => set({ ...value, [name]: text }) });
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setSaving(true);
    setProblem(undefined);
    const added = await addEntry(data, exhibit, { ...value, act, lang: i18n.language });
    setSaving(false);
    if (!added.ok) return setProblem(added.error);
    clear();
    onClose();
  };
  if (!isRead) return null;
  return (
    <Dialog title={t('exhibits:entry.title')} isOpen onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <p>{t('exhibits:entry.explain')}</p>
          <SelectField
            label={t('exhibits:entry.act')}
            value={act}
            choices={MANUAL_ACTS.map((id) => ({ id, label: t(`exhibits:act.${id}`) }))}
            onChange={(id) => set({ ...value, act: MANUAL_ACTS.find((known) => known === id) ?? act })}
          />
          <FieldRow>
            <TextField label={t('exhibits:entry.from')} required={needsParty(act, 'from')} {...field('from')} />
            <TextField label={t('exhibits:entry.to')} required={needsParty(act, 'to')} {...field('to')} />
          </FieldRow>
          <TextField label={t('exhibits:field.condition')} required {...field('condition')} />
          <TextField label={t('exhibits:field.reason')} required {...field('reason')} />
          {problem ? (
            <Notice kind="bad">
              <p>{errorText(problem)}</p>
            </Notice>
          ) : null}
          <Actions>
            <Button onPress={onClose}>{t('app:action.cancel')}</Button>
            <Button kind="primary" type="submit" isDisabled={isSaving}>
              {t('exhibits:entry.sign')}
            </Button>
          </Actions>
        </Stack>
      </form>
    </Dialog>
  );
}
