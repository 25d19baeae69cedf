import type { SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChosenFile } from '#shared/contract/vault.ts';
import type { Tlp } from '#shared/schema/record.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { useDraft } from '../../db/use-draft.ts';
import { isolate } from '../../i18n/isolate.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { DayField } from '../../kit/day-field.tsx';
import { Actions, Dialog } from '../../kit/dialog.tsx';
import { FieldRow, SelectField, TextField } from '../../kit/field.tsx';
import { Stack } from '../../kit/page.tsx';
import { addExhibit } from './actions.ts';

interface ExhibitFormProps {
  readonly caseId: string;
  readonly tlp: Tlp;
  /** Who can see the case: its record can be shown to the same taskforces. */
  readonly audience: readonly string[];
  readonly file: ChosenFile;
  /** The number it gets unless the officer writes another. */
  readonly number: string;
  readonly onClose: () => void;
}

/** Says what the chosen file is, where it came from and why, then seals it. */
export function ExhibitForm({ caseId, tlp, audience, file, number, onClose }: ExhibitFormProps) {
  const { t, i18n } = useTranslation(['exhibits', 'app']);
  const { data, link } = useServices();
  const names = useNames();
  const fmt = useFmt();
  const { value, isRead, set, clear } = useDraft(`exhibit:${caseId}`, { number, description: '', receivedFrom: '', condition: '', place: '', seizedOn: '', reason: '', taskforce: '' });
  const taskforces = audience.filter((bucket) => bucket.startsWith('t:'));
  const unit = link?.enrolment?.unit;
  const field = (name: keyof typeof value) => ({ value: value[name], name, onChange: (text: string) => set({ ...value, [name]: text }) });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    clear();
    onClose();
    const { taskforce, ...fields } = value;
    void addExhibit(data, file, { ...fields, caseId, tlp, lang: i18n.language, ...(taskforces.includes(taskforce) && unit ? { audience: [`u:${unit}`, taskforce] } : {}) });
  };
  if (!isRead) return null;
  return (
    <Dialog title={t('exhibits:form.title')} isOpen onClose={onClose}>
      <form onSubmit={submit}>
        <Stack>
          <p>{t('exhibits:form.file', { name: isolate(file.name), size: fmt.bytes(file.sizeBytes) })}</p>
          <p>{t('exhibits:form.explain')}</p>
          <TextField label={t('exhibits:field.number')} required autoFocus {...field('number')} />
          <TextField label={t('exhibits:field.description')} {...field('description')} />
          <FieldRow>
            <TextField label={t('exhibits:field.receivedFrom')} required {...field('receivedFrom')} />
            <TextField label={t('exhibits:field.condition')} required {...field('condition')} />
          </FieldRow>
          <TextField label={t('exhibits:field.place')} {...field('place')} />
          <DayField label={t('exhibits:field.seizedOn')} value={value.seizedOn} onChange={(seizedOn) => set({ ...value, seizedOn })} />
          <TextField label={t('exhibits:field.reason')} required {...field('reason')} />
          {taskforces.length > 0 && unit ? (
            <SelectField
              label={t('exhibits:form.audience')}
              value={value.taskforce || 'own'}
              choices={[{ id: 'own', label: t('exhibits:form.ownUnit') }, ...taskforces.map((id) => ({ id, label: names.bucket(id) }))]}
              onChange={(id) => set({ ...value, taskforce: id === 'own' ? '' : id })}
            />
          ) : null}
          <Actions>
            <Button onPress={onClose}>{t('app:action.cancel')}</Button>
            <Button kind="primary" type="submit">
              {t('exhibits:form.seal')}
            </Button>
          </Actions>
        </Stack>
      </form>
    </Dialog>
  );
}
