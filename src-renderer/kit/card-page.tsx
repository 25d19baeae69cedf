import type { ReactNode } from 'react';
import styles from './card-page.module.css';

/** A window with one thing in it: a title, what it is about, and what to do. */
export function CardPage({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className={styles['screen']}>
      <div className={styles['card']}>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
