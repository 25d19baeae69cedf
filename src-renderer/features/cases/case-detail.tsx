import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { nextCaseStatuses } from '#shared/domain/case/rules.ts';
import { CASE_STATUSES, type CaseBody, type CaseStatus } from '#shared/schema/case.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { useFmt, useTerms } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { ConflictList } from '../../kit/conflict-list.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Stack } from '../../kit/page.tsx';
import { StatusMark } from '../../kit/status-mark.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { WhoCanSee } from '../../kit/who-can-see.tsx';
import { saveCase, type CaseDraft } from './actions.ts';
import { CaseForm } from './case-form.tsx';
import { ObservablesPanel } from './observables-panel.tsx';
import type { OpenRecord } from './record-link.tsx';

/** A coded status of a record as the lifecycle state of a case. */
export function caseStatusOf(record: { readonly status: string }): CaseStatus {
  return CASE_STATUSES.find((status) => status === record.status) ?? 'new';
}

function toDraft({ body, tlp, status, audience }: RecordOf<CaseBody>): CaseDraft {
  const { observables: _observables, ...fields } = body;
  return { body: fields, tlp, status: caseStatusOf({ status }), taskforce: audience.find((bucket) => bucket.startsWith('t:')) ?? '' };
}

interface CaseDetailProps {
  readonly current: RecordOf<CaseBody>;
  readonly panels?: ReactNode;
  readonly onOpen: OpenRecord;
}

/** One case: who can see it, its fields, its conflicts, its observables, and what other features add (`panels`). */
export function CaseDetail({ current, panels, onOpen }: CaseDetailProps) {
  const { t } = useTranslation(['cases', 'app']);
  const fmt = useFmt();
  const terms = useTerms();
  const names = useNames();
  const errorText = useErrorText();
  const { data, link } = useServices();
  const [editing, setEditing] = useState<CaseDraft>();
  const unit = link?.enrolment?.unit;
  const status = caseStatusOf(current);
  const { body } = current;

  if (editing) {
    const onSave = async (draft: CaseDraft, base: CaseDraft): Promise<string | undefined> => {
      const saved = await saveCase(data, current.id, base, draft, unit);
      if (saved.ok) setEditing(undefined);
      return saved.ok ? undefined : errorText(saved.error);
    };
    return (
      <CaseForm
        draftId={`case:${current.id}`}
        initial={editing}
        statuses={[status, ...nextCaseStatuses(status)]}
        canShare={current.owner === unit}
        onSave={onSave}
        onCancel={() => setEditing(undefined)}
      />
    );
  }
  const valueText = (field: string, value: unknown): string => {
    const text = String(value);
    if (field === 'offence') return terms.label('offence', text);
    if (field === 'opened' || field === 'due') return fmt.day(text);
    if (field === 'status') return t(`cases:status.${caseStatusOf({ status: text })}`);
    return text;
  };
  const fieldLabel = (field: string): string =>
    field === 'title' || field === 'number' || field === 'offence' || field === 'summary' || field === 'opened' || field === 'due' || field === 'tlp' || field === 'status'
      ? t(`cases:field.${field}`)
      : field;
  return (
    <Stack>
      <TlpChip tlp={current.tlp} />
      <h2 lang={body.lang}>{body.title}</h2>
      <WhoCanSee audience={current.audience} nameOf={names.bucket} />
      <dl>
        <dt>{t('cases:field.number')}</dt>
        <dd>
          <bdi>{body.number}</bdi>
        </dd>
        <dt>{t('cases:field.status')}</dt>
        <dd>
          <StatusMark shape={status} label={t(`cases:status.${status}`)} />
        </dd>
        <dt>{t('cases:field.offence')}</dt>
        <dd>{body.offence ? terms.label('offence', body.offence) : ''}</dd>
        <dt>{t('cases:field.opened')}</dt>
        <dd>{fmt.day(body.opened)}</dd>
        {body.due ? (
          <>
            <dt>{t('cases:field.due')}</dt>
            <dd>{fmt.day(body.due)}</dd>
          </>
        ) : null}
      </dl>
      {body.summary ? <p lang={body.lang}>{body.summary}</p> : null}
      <div>
        <Button onPress={() => setEditing(toDraft(current))}>{t('app:action.edit')}</Button>
      </div>
      <ConflictList
        conflicts={current.conflicts}
        fieldLabel={fieldLabel}
        valueText={valueText}
        nameOf={names.device}
        onSettle={(conflict, choice) => void data.settleConflict('case', current.id, conflict, choice)}
      />
      <ObservablesPanel current={current} onOpen={onOpen} />
      {panels}
    </Stack>
  );
}
