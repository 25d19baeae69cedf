import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { REJECT_REASONS } from '#shared/contract/errors.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Page, Prose, Section } from '../../kit/page.tsx';
import { retryNow, setPaused } from './actions.ts';
import { CourierSection } from './courier-section.tsx';
import { EnrolForm } from './enrol-form.tsx';
import { LineSection } from './line-section.tsx';
import { NeedsYouSection, type RecordViews } from './needs-you-section.tsx';
import { OutboxSection } from './outbox-section.tsx';
import { ReceivingSection } from './receiving-section.tsx';

const STATES = { 'not-enrolled': 'notEnrolled', offline: 'offline', connecting: 'connecting', online: 'online', waiting: 'planned', paused: 'paused', refused: 'refused' } as const;
/** Reasons of the hub, and those found on this device (docs/adr/0004). */
const SET_ASIDE_REASONS = [...REJECT_REASONS, 'gone', 'gone-unproven', 'deleted-here', 'unreadable'] as const;
const ROLES = ['officer', 'ncb', 'admin'] as const;
/** A laptop's clock that is off by more than this is told, in milliseconds. */
const WRONG_CLOCK_MS = 120_000;

/** The edits the hub refused, each with its reason; they stay until the officer has seen them. */
function SetAsideSection() {
  const { t } = useTranslation(['sync', 'errors']);
  const { data, setAside } = useServices();
  return (
    <Section title={t('sync:setAside.title')}>
      {setAside.length === 0 ? <p>{t('sync:setAside.none')}</p> : <p>{t('sync:setAside.explain')}</p>}
      {setAside.map((edit) => {
        const reason = SET_ASIDE_REASONS.find((known) => known === edit.reason);
        return (
          <Notice key={edit.id} kind="bad">
            <p>
              <strong>
                <bdi>{String(edit.record.body['title'] ?? edit.entity)}</bdi>
              </strong>
            </p>
            <p>{reason ? t(`errors:rejected.${reason}`) : t('errors:bad-request')}</p>
            <Button onPress={() => void data.dismissSetAside(edit.id)}>{t('sync:setAside.dismiss')}</Button>
          </Notice>
        );
      })}
    </Section>
  );
}

interface SyncScreenProps {
  readonly views: RecordViews;
  /** The contents of exhibits on their way. */
  readonly contents: ReactNode;
  /** Shows a record at its conflicts. */
  readonly onOpenConflict: (record: SuarRecord) => void;
}

/** Sync centre: enrolment, what waits, what needs the officer, the line, and what is carried by hand. */
export function SyncScreen({ views, contents, onOpenConflict }: SyncScreenProps) {
  const { t } = useTranslation(['sync', 'app', 'contacts']);
  const { link } = useServices();
  const fmt = useFmt();
  const names = useNames();
  const errorText = useErrorText();
  if (!link) return null;
  const role = ROLES.find((known) => known === link.enrolment?.role);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Page title={t('sync:title')}>
      <Prose>
        {link.enrolment && link.error?.code !== 'not-enrolled' ? null : <EnrolForm />}
        {link.enrolment && !link.admitted ? (
          <Section title={t('sync:admission.title')}>
            <Notice kind="warn">
              <p>{t('sync:admission.explain')}</p>
              <p lang="en" className="number">
                <strong>{link.admissionCode}</strong>
              </p>
            </Notice>
          </Section>
        ) : null}
        <Section title={t('sync:state.title')}>
          <p role="status">{t(`app:status.${STATES[link.state]}`)}</p>
          {link.error ? (
            <Notice kind="bad">
              <p>{errorText(link.error)}</p>
            </Notice>
          ) : null}
          {link.lastSuccess && Math.abs(link.clockOffsetMs ?? 0) > WRONG_CLOCK_MS ? (
            <Notice kind="warn">
              <p>{t('sync:state.clock', { time: fmt.dateTime(link.lastSuccess, zone) })}</p>
            </Notice>
          ) : null}
          {link.unreadable > 0 ? (
            <Notice kind="warn">
              <p>{t('sync:state.unreadable', { count: link.unreadable })}</p>
            </Notice>
          ) : null}
          {link.enrolment ? (
            <dl>
              <dt>{t('sync:state.hub')}</dt>
              <dd lang="en">
                <bdi>{link.enrolment.hub}</bdi>
              </dd>
              <dt>{t('sync:state.unit')}</dt>
              <dd>
                <bdi>{names.unit(link.enrolment.unit)}</bdi>
              </dd>
              <dt>{t('sync:state.role')}</dt>
              <dd>{role ? t(`contacts:role.${role}`) : link.enrolment.role}</dd>
              <dt>{t('sync:state.lastSuccess')}</dt>
              <dd>{link.lastSuccess ? fmt.dateTime(link.lastSuccess, zone) : t('app:status.never')}</dd>
              <dt>{t('sync:state.sent')}</dt>
              <dd>{fmt.bytes(link.sentBytes)}</dd>
              <dt>{t('sync:state.received')}</dt>
              <dd>{fmt.bytes(link.receivedBytes)}</dd>
            </dl>
          ) : null}
          <div>
            {link.state === 'paused' ? (
              <Button kind="primary" onPress={() => setPaused(false)}>
                {t('sync:state.resume')}
              </Button>
            ) : (
              <Button onPress={() => setPaused(true)}>{t('sync:state.pause')}</Button>
            )}{' '}
            {link.state === 'offline' || link.state === 'refused' ? <Button onPress={retryNow}>{t('sync:state.retry')}</Button> : null}
          </div>
        </Section>
        {link.enrolment ? <OutboxSection /> : null}
        {link.enrolment ? <ReceivingSection link={link} /> : null}
        {contents}
        <NeedsYouSection views={views} onOpen={onOpenConflict} />
        <SetAsideSection />
        {link.enrolment ? <LineSection line={link.line} /> : null}
        {link.enrolment && link.admitted ? <CourierSection /> : null}
      </Prose>
    </Page>
  );
}
