import type { ReactNode } from 'react';
import styles from './notice.module.css';

interface NoticeProps {
  readonly kind: 'info' | 'ok' | 'warn' | 'bad';
  readonly children: ReactNode;
}

/** A sentence the officer must not miss; errors and refusals are read out at once. */
export function Notice({ kind, children }: NoticeProps) {
  return (
    <div role={kind === 'bad' || kind === 'warn' ? 'alert' : 'status'} className={`${styles['notice']} ${styles[kind]}`}>
      {children}
    </div>
  );
}
