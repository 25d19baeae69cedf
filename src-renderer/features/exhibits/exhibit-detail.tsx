import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { VaultCheck } from '#shared/contract/vault.ts';
import type { CustodyBody } from '#shared/schema/custody.ts';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useRecords, useServices } from '../../db/services.tsx';
import { useTrail } from '../../db/use-trail.ts';
import { isolate } from '../../i18n/isolate.ts';
import { Button } from '../../kit/button.tsx';
import { ConflictPanel } from '../../kit/conflict-panel.tsx';
import { HistoryPanel } from '../../kit/history-panel.tsx';
import { verifyExhibit } from './actions.ts';
import { ContentPanel } from './content-panel.tsx';
import { CustodyForm } from './custody-form.tsx';
import { CustodyList } from './custody-list.tsx';
import { ExhibitFacts } from './exhibit-facts.tsx';
import { useExhibitFields } from './exhibit-fields.ts';
import { ExportForm } from './export-form.tsx';
import { useExhibitView } from './store.ts';
import styles from './exhibits.module.css';

/** One exhibit: what it is, its digests, what can be done with it, and its chain of custody. */
export function ExhibitDetail({ exhibit }: { readonly exhibit: RecordOf<ExhibitBody> }) {
  const { t, i18n } = useTranslation('exhibits');
  const { data, deviceId } = useServices();
  const isBusy = useExhibitView((view) => view.work !== undefined);
  const rows = useRecords<CustodyBody>('custody', { ref: exhibit.id });
  const [form, setForm] = useState<'entry' | 'export'>();
  const trail = useTrail(exhibit);
  const fields = useExhibitFields();
  const { body } = exhibit;
  // The content lies in the vault of the laptop that sealed it, and of those it was copied to; the record travels.
  const isHere = rows?.some(({ body: { claim } }) => (claim.act === 'sealed' || claim.act === 'copy-received') && claim.device === deviceId) ?? false;
  const describe = ({ state, faultCount }: VaultCheck) => `${t(`check.${state}`, { name: isolate(body.fileName) })} ${faultCount > 0 ? t('check.count', { count: faultCount }) : ''}`.trim();
  return (
    <div className={styles['detail']}>
      <ConflictPanel key={exhibit.id} record={exhibit} view={fields} trail={trail} name={isolate(body.number)} />
      <ExhibitFacts exhibit={exhibit} />
      <div className={styles['tools']}>
        <Button isDisabled={isBusy || !isHere} onPress={() => void verifyExhibit(data, exhibit, i18n.language, describe)}>
          {t('verify')}
        </Button>
        <Button isDisabled={isBusy || !isHere} onPress={() => setForm('export')}>
          {t('export.open')}
        </Button>
        <Button onPress={() => setForm('entry')}>{t('entry.open')}</Button>
      </div>
      {rows ? <ContentPanel exhibit={exhibit} isHere={isHere} /> : null}
      {rows ? <CustodyList exhibit={exhibit} rows={rows} /> : null}
      <HistoryPanel key={`history ${exhibit.id}`} record={exhibit} view={fields} trail={trail} name={isolate(body.number)} />
      {form === 'entry' ? <CustodyForm exhibit={exhibit.id} onClose={() => setForm(undefined)} /> : null}
      {form === 'export' ? <ExportForm exhibit={exhibit} onClose={() => setForm(undefined)} /> : null}
    </div>
  );
}
