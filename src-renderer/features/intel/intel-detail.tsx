import { useTranslation } from 'react-i18next';
import type { IntelBody } from '#shared/schema/intel.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useNames } from '../../db/services.tsx';
import { useTrail } from '../../db/use-trail.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { ConflictPanel } from '../../kit/conflict-panel.tsx';
import { HistoryPanel } from '../../kit/history-panel.tsx';
import { Section, Stack } from '../../kit/page.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { WhoCanSee } from '../../kit/who-can-see.tsx';
import { useIntelFields } from './intel-fields.ts';
import styles from './intel.module.css';

/** One piece of intelligence as its source wrote it, with where it came from. */
export function IntelDetail({ current }: { readonly current: RecordOf<IntelBody> }) {
  const { t } = useTranslation(['intel', 'cases']);
  const fmt = useFmt();
  const names = useNames();
  const trail = useTrail(current);
  const fields = useIntelFields();
  const { body } = current;
  const { source } = body;
  const modified = Number.isNaN(Date.parse(source.modified)) ? source.modified : fmt.dateTime(new Date(source.modified).toISOString(), 'UTC');
  return (
    <Stack>
      <TlpChip tlp={current.tlp} />
      <h2>
        <bdi>{body.title}</bdi>
      </h2>
      <WhoCanSee audience={current.audience} nameOf={names.bucket} />
      <ConflictPanel key={current.id} record={current} view={fields} trail={trail} />
      {body.parts > 1 ? <p>{t('intel:detail.part', { part: body.part, parts: body.parts })}</p> : null}
      <dl>
        <dt>{t('intel:column.kind')}</dt>
        <dd>{t(`intel:kind.${body.kind}`)}</dd>
        <dt>{t('intel:detail.publisher')}</dt>
        <dd>
          <bdi>{source.publisher}</bdi>
        </dd>
        <dt>{t('intel:detail.modified')}</dt>
        <dd>{modified}</dd>
        <dt>{t('intel:detail.file')}</dt>
        <dd>
          <bdi>{source.fileName}</bdi>
        </dd>
        <dt>{t('intel:detail.objectId')}</dt>
        <dd>
          <bdi>{source.objectId}</bdi>
        </dd>
        {body.labels.length > 0 ? (
          <>
            <dt>{t('intel:detail.labels')}</dt>
            <dd>
              <bdi>{body.labels.join(', ')}</bdi>
            </dd>
          </>
        ) : null}
        {body.relations.length > 0 ? (
          <>
            <dt>{t('intel:detail.source')}</dt>
            <dd>{t('intel:detail.relations', { count: body.relations.length })}</dd>
          </>
        ) : null}
      </dl>
      {body.observables.length > 0 ? (
        <Section title={t('intel:detail.observables')}>
          <ul className={styles['values']} tabIndex={0} aria-label={t('intel:detail.observables')}>
            {body.observables.map((observable) => (
              <li key={`${observable.kind}|${observable.key}`}>
                <span className={styles['kind']}>{t(`cases:kind.${observable.kind}`)}</span>
                <bdi>{observable.value}</bdi>
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      {body.description ? (
        <Section title={t('intel:detail.description')}>
          <p className={styles['description']} lang="en">
            <bdi>{body.description}</bdi>
          </p>
        </Section>
      ) : null}
      <HistoryPanel key={`history ${current.id}`} record={current} view={fields} trail={trail} />
    </Stack>
  );
}
