import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { nextCaseStatuses } from '#shared/domain/case/rules.ts';
import type { CaseBody } from '#shared/schema/case.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { useTrail } from '../../db/use-trail.ts';
import { useFmt, useTerms } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { ConflictPanel } from '../../kit/conflict-panel.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { HistoryPanel } from '../../kit/history-panel.tsx';
import { Stack } from '../../kit/page.tsx';
import { StatusMark } from '../../kit/status-mark.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { WhoCanSee } from '../../kit/who-can-see.tsx';
import { saveCase, type CaseDraft } from './actions.ts';
import { useCaseFields } from './case-fields.ts';
import { CaseForm } from './case-form.tsx';
import { caseStatusOf } from './case-status.ts';
import { ObservablesPanel } from './observables-panel.tsx';
import type { OpenRecord } from './record-link.tsx';

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
  const trail = useTrail(current);
  const fields = useCaseFields();
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
        canShare={current.owner === unit && current.conflicts.every(({ settled }) => settled)}
        onSave={onSave}
        onCancel={() => setEditing(undefined)}
      />
    );
  }
  return (
    <Stack>
      <TlpChip tlp={current.tlp} />
      <h2 lang={body.lang}>{body.title}</h2>
      <WhoCanSee audience={current.audience} nameOf={names.bucket} />
      <ConflictPanel key={current.id} record={current} view={fields} trail={trail} />
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
      <ObservablesPanel current={current} onOpen={onOpen} />
      {panels}
      <HistoryPanel key={`history ${current.id}`} record={current} view={fields} trail={trail} />
    </Stack>
  );
}
