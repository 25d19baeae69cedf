import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { searchKey } from '#shared/domain/text/search-key.ts';
import type { IntelBody } from '#shared/schema/intel.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useRecord, useRecords } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { Page } from '../../kit/page.tsx';
import { RecordGrid, type Column } from '../../kit/record-grid.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { IntelDetail } from './intel-detail.tsx';
import { useIntelView } from './store.ts';

function useColumns(): readonly Column<RecordOf<IntelBody>>[] {
  const { t } = useTranslation('intel');
  const fmt = useFmt();
  return useMemo(
    () => [
      { id: 'title', label: t('column.title'), size: 'wide', render: ({ body }) => <bdi>{body.title}</bdi> },
      { id: 'kind', label: t('column.kind'), size: 'medium', render: ({ body }) => t(`kind.${body.kind}`) },
      { id: 'observables', label: t('column.observables'), size: 'narrow', render: ({ body }) => <span className="number">{fmt.number(body.observables.length)}</span> },
      { id: 'publisher', label: t('column.publisher'), size: 'medium', render: ({ body }) => <bdi>{body.source.publisher}</bdi> },
      { id: 'tlp', label: t('column.tlp'), size: 'medium', render: ({ tlp }) => <TlpChip tlp={tlp} /> },
    ],
    [t, fmt],
  );
}

/** Intelligence: what was imported, and the way to import more. */
export function IntelScreen() {
  const { t } = useTranslation(['intel', 'app']);
  const columns = useColumns();
  const { selectedId, search, importing } = useIntelView();
  const rows = useRecords<IntelBody>('intel');
  const wanted = searchKey(search.trim());
  const shown = (rows ?? []).filter(({ body }) => wanted === '' || searchKey(`${body.title} ${body.source.publisher}`).includes(wanted));
  const selected = useRecord<IntelBody>('intel', selectedId, rows);
  const close = useCallback(() => useIntelView.setState({ importing: false }), []);
  const tools = (
    <>
      <TextField type="search" label={t('app:action.search')} hideLabel placeholder={t('app:action.search')} value={search} onChange={(text) => useIntelView.setState({ search: text })} />
      <Button kind="primary" onPress={() => useIntelView.setState({ importing: true })}>
        {t('intel:import')}
      </Button>
    </>
  );
  return (
    <Page title={t('intel:title')} tools={tools} detail={selected ? <IntelDetail current={selected} /> : undefined} detailLabel={selected?.body.title ?? ''} detailId={selected?.id}>
      <RecordGrid
        label={t('intel:title')}
        rows={shown}
        columns={selected ? columns.filter(({ id }) => id !== 'publisher' && id !== 'observables') : columns}
        selectedId={selectedId}
        onSelect={(id) => useIntelView.setState({ selectedId: id })}
        empty={rows === undefined ? '' : t('intel:empty')}
      />
      {importing ? <ImportDialog onClose={close} /> : null}
    </Page>
  );
}
