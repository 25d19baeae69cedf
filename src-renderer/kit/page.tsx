import { createContext, useContext, useEffect, useRef, type ReactNode } from 'react';
import styles from './page.module.css';

/** Level of the sections here: 2 straight under the page's title, 3 under the title of a detail or a dialog. */
const SectionLevel = createContext<2 | 3>(3);

interface PageProps {
  readonly title: string;
  /** Buttons and filters beside the title. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
  /** The detail pane; at narrow width it replaces the list. */
  readonly detail?: ReactNode;
  readonly detailLabel?: string | undefined;
  /** Names what the detail shows: another one is read from its top, and takes the focus where what led to it is gone. */
  readonly detailId?: string | undefined;
  /** A detail that needs room to edit takes two thirds of the window. */
  readonly wideDetail?: boolean;
}

/** A screen: its title and tools, the list, and the detail beside it. */
export function Page({ title, tools, children, detail, detailLabel, detailId, wideDetail = false }: PageProps) {
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    if (detailId === undefined) return;
    pane.current?.scrollTo(0, 0);
    if (document.activeElement === document.body) pane.current?.focus({ preventScroll: true });
  }, [detailId]);
  return (
    <div className={styles['page']} data-detail={detail ? (wideDetail ? 'wide' : 'side') : undefined}>
      <header className={styles['top']}>
        <h1 className={styles['title']}>{title}</h1>
        {tools}
      </header>
      <div className={styles['main']}>{children}</div>
      {detail ? (
        <aside ref={pane} className={styles['detail']} aria-label={detailLabel} tabIndex={0}>
          {detail}
        </aside>
      ) : null}
    </div>
  );
}

/** A titled part of a detail pane or a form page. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const level = useContext(SectionLevel);
  return (
    <section className={styles['section']} aria-label={title}>
      {level === 2 ? <h2>{title}</h2> : <h3>{title}</h3>}
      {children}
    </section>
  );
}

/** Blocks one under the other with even gaps. */
export function Stack({ children }: { readonly children: ReactNode }) {
  return <div className={styles['stack']}>{children}</div>;
}

/** Text in a page that is no list: settings, sharing, first start. */
export function Prose({ children }: { readonly children: ReactNode }) {
  return (
    <div className={styles['prose']} tabIndex={0}>
      <SectionLevel value={2}>{children}</SectionLevel>
    </div>
  );
}
