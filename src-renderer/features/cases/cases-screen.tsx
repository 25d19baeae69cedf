import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { searchKey } from '#shared/domain/text/search-key.ts';
import { CASE_STATUSES, type CaseBody } from '#shared/schema/case.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useRecord, useRecords, useServices } from '../../db/services.tsx';
import { localToday } from '../../i18n/local-day.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { SelectField, TextField } from '../../kit/field.tsx';
import { Page } from '../../kit/page.tsx';
import { RecordGrid, type Column } from '../../kit/record-grid.tsx';
import { StatusMark } from '../../kit/status-mark.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { createCase, emptyCaseDraft, type CaseDraft } from './actions.ts';
import { CaseDetail } from './case-detail.tsx';
import { caseStatusOf } from './case-status.ts';
import { CaseForm } from './case-form.tsx';
import type { OpenRecord } from './record-link.tsx';
import { useCaseView } from './store.ts';

function useColumns(): readonly Column<RecordOf<CaseBody>>[] {
  const { t } = useTranslation('cases');
  const fmt = useFmt();
  return useMemo(
    () => [
      { id: 'number', label: t('column.number'), size: 'narrow', render: ({ body }) => <bdi className="number">{body.number}</bdi> },
      { id: 'title', label: t('column.title'), size: 'wide', render: ({ body }) => <span lang={body.lang}>{body.title}</span> },
      { id: 'status', label: t('column.status'), size: 'medium', render: (row) => <StatusMark shape={caseStatusOf(row)} label={t(`status.${caseStatusOf(row)}`)} /> },
      { id: 'due', label: t('column.due'), size: 'narrow', render: ({ body }) => (body.due ? fmt.dayShort(body.due) : '') },
      { id: 'tlp', label: t('column.tlp'), size: 'medium', render: ({ tlp }) => <TlpChip tlp={tlp} /> },
    ],
    [t, fmt],
  );
}

/** What app/ puts under the open case. */
export type CasePanels = (current: RecordOf<CaseBody>) => ReactNode;

interface CasesScreenProps {
  readonly panelsOf?: CasePanels;
  readonly onOpen: OpenRecord;
}

/** Cases: the list, its filter, and the chosen case or the form of a new one. */
export function CasesScreen({ panelsOf, onOpen }: CasesScreenProps) {
  const { t, i18n } = useTranslation(['cases', 'app']);
  const { data, link } = useServices();
  const errorText = useErrorText();
  const columns = useColumns();
  const { selectedId, status, search, creating } = useCaseView();
  const rows = useRecords<CaseBody>('case', status === 'all' ? {} : { status });
  const wanted = searchKey(search.trim());
  const shown = (rows ?? []).filter(({ body }) => wanted === '' || searchKey(`${body.number} ${body.title}`).includes(wanted));
  const selected = useRecord<CaseBody>('case', selectedId, rows);

  const onCreate = async (draft: CaseDraft): Promise<string | undefined> => {
    const created = await createCase(data, draft, link?.enrolment?.unit);
    if (!created.ok) return errorText(created.error);
    useCaseView.setState({ creating: false, selectedId: created.value.id, status: 'all', search: '' });
    return undefined;
  };
  const detail = creating ? (
    <CaseForm draftId="case:new" initial={emptyCaseDraft(i18n.language, localToday())} statuses={CASE_STATUSES} canShare onSave={onCreate} onCancel={() => useCaseView.setState({ creating: false })} />
  ) : selected ? (
    <CaseDetail key={selected.id} current={selected} panels={panelsOf?.(selected)} onOpen={onOpen} />
  ) : undefined;
  const tools = (
    <>
      <TextField type="search" label={t('app:action.search')} hideLabel placeholder={t('app:action.search')} value={search} onChange={(text) => useCaseView.setState({ search: text })} />
      <SelectField
        label={t('cases:filter')}
        hideLabel
        value={status}
        choices={(['all', ...CASE_STATUSES] as const).map((id) => ({ id, label: t(`cases:status.${id}`) }))}
        onChange={(id) => useCaseView.setState({ status: CASE_STATUSES.find((known) => known === id) ?? 'all' })}
      />
      <Button kind="primary" onPress={() => useCaseView.setState({ creating: true })}>
        {t('cases:new')}
      </Button>
    </>
  );
  return (
    <Page title={t('cases:title')} tools={tools} detail={detail} detailLabel={selected?.body.title ?? t('cases:new')} detailId={selected?.id} wideDetail={creating || selected !== undefined}>
      <RecordGrid
        label={t('cases:title')}
        rows={shown}
        columns={detail ? columns.filter(({ id }) => id === 'title' || id === 'status') : columns}
        selectedId={selectedId}
        onSelect={(id) => useCaseView.setState({ selectedId: id, creating: false })}
        empty={rows === undefined ? '' : t('cases:empty')}
      />
    </Page>
  );
}
