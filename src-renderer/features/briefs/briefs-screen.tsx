import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { hlcToMs } from '#shared/base/time.ts';
import { searchKey } from '#shared/domain/text/search-key.ts';
import type { BriefBody } from '#shared/schema/brief.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import type { ReleaseBody } from '#shared/schema/release.ts';
import { useNames, useRecord, useRecords, useServices } from '../../db/services.tsx';
import { localDay } from '../../i18n/local-day.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { Page } from '../../kit/page.tsx';
import { RecordGrid, type Column } from '../../kit/record-grid.tsx';
import { StatusMark, type StatusShape } from '../../kit/status-mark.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { BriefDetail } from './brief-detail.tsx';
import { briefStatusOf } from './brief-status.ts';
import { NewBriefForm } from './new-brief-form.tsx';
import { useBriefView } from './store.ts';

const SHAPES = { draft: 'new', ready: 'waiting', withdrawn: 'closed', released: 'active', received: 'active' } as const satisfies Record<string, StatusShape>;

/** One word for where a brief stands: its own state, or what its releases make of it. */
function stateOf(row: RecordOf<BriefBody>, released: ReadonlySet<string>, unit: string | undefined): keyof typeof SHAPES {
  if (unit !== undefined && row.owner !== unit) return 'received';
  return released.has(row.id) ? 'released' : briefStatusOf(row);
}

function useColumns(released: ReadonlySet<string>): readonly Column<RecordOf<BriefBody>>[] {
  const { t } = useTranslation('briefs');
  const { link } = useServices();
  const fmt = useFmt();
  const names = useNames();
  const unit = link?.enrolment?.unit;
  return useMemo(
    () => [
      { id: 'title', label: t('column.title'), size: 'wide', render: ({ body }) => <span lang={body.lang}>{body.title}</span> },
      {
        id: 'state',
        label: t('column.state'),
        size: 'medium',
        render: (row) => <StatusMark shape={SHAPES[stateOf(row, released, unit)]} label={t(`state.${stateOf(row, released, unit)}`)} />,
      },
      { id: 'owner', label: t('column.owner'), size: 'medium', render: ({ owner }) => <bdi>{owner === 'self' ? '' : names.unit(owner)}</bdi> },
      { id: 'updated', label: t('column.updated'), size: 'narrow', render: ({ updatedAt }) => fmt.dayShort(localDay(hlcToMs(updatedAt))) },
      { id: 'tlp', label: t('column.tlp'), size: 'narrow', render: ({ tlp }) => <TlpChip tlp={tlp} /> },
    ],
    [t, fmt, names, released, unit],
  );
}

/** Briefs: written here, or received from other units. */
export function BriefsScreen() {
  const { t } = useTranslation(['briefs', 'app']);
  const { selectedId, search, creating } = useBriefView();
  const rows = useRecords<BriefBody>('brief');
  const releases = useRecords<ReleaseBody>('release');
  const released = useMemo(() => new Set(releases?.map((release) => release.ref)), [releases]);
  const columns = useColumns(released);
  const wanted = searchKey(search.trim());
  const shown = (rows ?? []).filter(({ body }) => searchKey(body.title).includes(wanted));
  const selected = useRecord<BriefBody>('brief', selectedId, rows);
  const detail = creating ? <NewBriefForm /> : selected ? <BriefDetail key={selected.id} current={selected} released={released.has(selected.id)} /> : undefined;
  const tools = (
    <>
      <TextField type="search" label={t('app:action.search')} hideLabel placeholder={t('app:action.search')} value={search} onChange={(text) => useBriefView.setState({ search: text })} />
      <Button kind="primary" onPress={() => useBriefView.setState({ creating: true })}>
        {t('briefs:new')}
      </Button>
    </>
  );
  return (
    <Page title={t('briefs:title')} tools={tools} detail={detail} detailLabel={selected?.body.title ?? t('briefs:new')} detailId={selected?.id} wideDetail>
      <RecordGrid
        label={t('briefs:title')}
        rows={shown}
        columns={detail ? columns.filter(({ id }) => id === 'title' || id === 'state') : columns}
        selectedId={selectedId}
        onSelect={(id) => useBriefView.setState({ selectedId: id, creating: false })}
        empty={rows === undefined ? '' : t('briefs:empty')}
      />
    </Page>
  );
}
