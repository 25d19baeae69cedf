import { useTranslation } from 'react-i18next';
import type { BriefBody } from '#shared/schema/brief.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import type { ReleaseBody } from '#shared/schema/release.ts';
import { useNames, useRecords, useServices } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { Page, Prose, Section } from '../../kit/page.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { MandatePanel } from './mandate-panel.tsx';
import { ReleaseDetail } from './release-detail.tsx';
import { useSharingView } from './store.ts';
import styles from './sharing.module.css';

/** Releases: what waits for an NCB signature, what was signed, and the taskforces' mandates. */
export function SharingScreen() {
  const { t } = useTranslation('sharing');
  const { link } = useServices();
  const { briefId } = useSharingView();
  const names = useNames();
  const fmt = useFmt();
  const ready = useRecords<BriefBody>('brief', { status: 'ready' }) ?? [];
  const releases = useRecords<ReleaseBody>('release') ?? [];
  const unit = link?.enrolment?.unit;
  const canSign = link?.enrolment?.role === 'ncb';
  const released = new Set(releases.map((release) => release.ref));
  const waiting = ready.filter((brief) => (unit === undefined || brief.owner === unit) && !released.has(brief.id));
  const selected = ready.find((brief) => brief.id === briefId);
  const titleOf = (release: RecordOf<ReleaseBody>) => ready.find((brief) => brief.id === release.ref)?.body.title ?? '';
  return (
    <Page
      title={t('title')}
      detail={selected ? <ReleaseDetail key={selected.id} brief={selected} canSign={canSign && !released.has(selected.id)} /> : undefined}
      detailLabel={selected?.body.title}
      wideDetail
    >
      <Prose>
        {canSign ? null : <p>{t('notNcb')}</p>}
        <Section title={t('waiting.title')}>
          {waiting.length === 0 ? <p>{t('waiting.none')}</p> : null}
          <ul className={styles['list']}>
            {waiting.map((brief) => (
              <li key={brief.id} className={styles['item']}>
                <TlpChip tlp={brief.tlp} />
                <span className={styles['title']} lang={brief.body.lang}>
                  {brief.body.title}
                </span>
                <Button onPress={() => useSharingView.setState({ briefId: brief.id })}>{t('sign.open')}</Button>
              </li>
            ))}
          </ul>
        </Section>
        <Section title={t('signed.title')}>
          {releases.length === 0 ? <p>{t('signed.none')}</p> : null}
          <ul>
            {releases.map((release) => {
              const { claim } = release.body;
              return claim.kind === 'release' ? <li key={release.id}>{t('signed.entry', { title: titleOf(release), names: fmt.list(claim.audience.map(names.bucket)) })}</li> : null;
            })}
          </ul>
        </Section>
        <MandatePanel canSign={canSign} />
      </Prose>
    </Page>
  );
}
