import { useTranslation } from 'react-i18next';
import type { LinkStatus } from '#shared/contract/link.ts';
import { useFmt } from '../i18n/use-fmt.ts';
import styles from './workspace.module.css';

interface StatusBarProps {
  readonly link: LinkStatus | undefined;
  /** Changes not yet at the hub, and roughly how many bytes they are. */
  readonly pending: { readonly count: number; readonly bytes: number };
  /** Edits the hub refused and that wait for the officer. */
  readonly setAside: number;
}

const STATE_KEYS = { 'not-enrolled': 'notEnrolled', offline: 'offline', connecting: 'connecting', online: 'online', waiting: 'planned', paused: 'paused', refused: 'refused' } as const;

/** The sync line: always there, in words, counts and bytes; it names the last success, not the last try. */
export function StatusBar({ link, pending, setAside }: StatusBarProps) {
  const { t } = useTranslation('app');
  const fmt = useFmt();
  const last = link?.lastSuccess ? t('status.lastSuccess', { time: fmt.dateTimeShort(link.lastSuccess, Intl.DateTimeFormat().resolvedOptions().timeZone) }) : t('status.never');
  return (
    <footer className={styles['status']} aria-label={t('status.label')}>
      <span role="status">{link ? t(`status.${STATE_KEYS[link.state]}`) : t('status.offline')}</span>
      {link?.enrolment ? <span className="number">{pending.count > 0 ? t('status.waiting', { count: pending.count, size: fmt.bytes(pending.bytes) }) : t('status.nothingWaiting')}</span> : null}
      {setAside > 0 ? <span className={styles['bad']}>{t('status.setAside', { count: setAside })}</span> : null}
      <span className={styles['end']}>{last}</span>
    </footer>
  );
}
