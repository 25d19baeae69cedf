import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import offences from '../../../resources/codelists/offence.json' with { type: 'json' };
import { CASE_STATUSES, type CaseStatus } from '#shared/schema/case.ts';
import { TLP } from '#shared/schema/record.ts';
import { useServices } from '../../db/services.tsx';
import { useDraft } from '../../db/use-draft.ts';
import { useTerms } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { DayField } from '../../kit/day-field.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { FieldRow, SelectField, TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Stack } from '../../kit/page.tsx';
import type { CaseDraft } from './actions.ts';

interface CaseFormProps {
  /** Names the draft: the case, or the new one. */
  readonly draftId: string;
  readonly initial: CaseDraft;
  /** States the case may go to from where it is. */
  readonly statuses: readonly CaseStatus[];
  readonly canShare: boolean;
  /** Answers the sentence to show, or undefined where it was saved. */
  readonly onSave: (draft: CaseDraft, base: CaseDraft) => Promise<string | undefined>;
  readonly onCancel: () => void;
}

/** The fields of a case. */
export function CaseForm({ draftId, initial, statuses, canShare, onSave, onCancel }: CaseFormProps) {
  const { t } = useTranslation(['cases', 'app']);
  const terms = useTerms();
  const { directory } = useServices();
  // The base travels with the draft: what others changed since is not taken for the officer's own change.
  const { value, isRead, set: keep, clear } = useDraft(draftId, { base: initial, draft: initial });
  const { base, draft } = value;
  const setDraft = (next: CaseDraft) => keep({ base, draft: next });
  const [problem, setProblem] = useState<string>();
  const set = (change: Partial<CaseDraft['body']>) => setDraft({ ...draft, body: { ...draft.body, ...change } });
  const taskforces = (directory?.buckets ?? []).filter((bucket) => bucket.kind === 'taskforce');

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setProblem(undefined); // the same sentence again is news
    const sentence = await onSave(draft, base);
    if (sentence === undefined) clear();
    setProblem(sentence);
  };
  if (!isRead) return null;
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextField label={t('cases:field.title')} value={draft.body.title} onChange={(title) => set({ title })} required autoFocus name="title" />
        <FieldRow>
          <TextField label={t('cases:field.number')} value={draft.body.number} onChange={(number) => set({ number })} name="number" />
          <SelectField
            label={t('cases:field.offence')}
            value={draft.body.offence}
            choices={offences.codes.map((code) => ({ id: code, label: terms.label('offence', code) }))}
            onChange={(offence) => set({ offence })}
          />
        </FieldRow>
        <FieldRow>
          <SelectField
            label={t('cases:field.status')}
            value={draft.status}
            choices={statuses.map((status) => ({ id: status, label: t(`cases:status.${status}`) }))}
            onChange={(id) => setDraft({ ...draft, status: CASE_STATUSES.find((status) => status === id) ?? draft.status })}
          />
          <SelectField
            label={t('cases:field.tlp')}
            value={draft.tlp}
            choices={TLP.map((tlp) => ({ id: tlp, label: `TLP:${tlp}`, lang: 'en' }))}
            onChange={(id) => setDraft({ ...draft, tlp: TLP.find((tlp) => tlp === id) ?? draft.tlp })}
          />
        </FieldRow>
        {canShare && taskforces.length > 0 ? (
          <SelectField
            label={t('cases:field.audience')}
            value={draft.taskforce || 'unit'}
            choices={[{ id: 'unit', label: t('cases:audience.unit') }, ...taskforces.map(({ id, name }) => ({ id, label: t('cases:audience.taskforce', { name }) }))]}
            onChange={(id) => setDraft({ ...draft, taskforce: id === 'unit' ? '' : id })}
          />
        ) : null}
        <TextField label={t('cases:field.summary')} value={draft.body.summary} onChange={(summary) => set({ summary })} rows={5} name="summary" />
        <DayField label={t('cases:field.opened')} value={draft.body.opened} onChange={(opened) => set({ opened })} />
        <DayField label={t('cases:field.due')} value={draft.body.due ?? ''} onChange={(due) => set({ due })} />
        {problem ? (
          <Notice kind="bad">
            <p>{problem}</p>
          </Notice>
        ) : null}
        <Actions>
          <Button
            onPress={() => {
              clear();
              onCancel();
            }}
          >
            {t('app:action.cancel')}
          </Button>
          <Button kind="primary" type="submit">
            {t('app:action.save')}
          </Button>
        </Actions>
      </Stack>
    </form>
  );
}
