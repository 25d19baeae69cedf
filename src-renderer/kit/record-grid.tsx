import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import styles from './record-grid.module.css';

/** One column of a {@link RecordGrid}. */
export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  readonly render: (row: Row) => ReactNode;
  /** `wide` columns share the room that is left. */
  readonly size: 'narrow' | 'medium' | 'wide';
}

interface RecordGridProps<Row extends { readonly id: string }> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly selectedId: string | undefined;
  readonly onSelect: (id: string) => void;
  /** Shown in place of the rows where there are none; teaches what to do. */
  readonly empty: ReactNode;
}

function rowHeightPx(): number {
  return Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row'), 10) || 32;
}

/** A list of records with thousands of rows: an ARIA grid that draws only what is seen. ↑ ↓ Home End move, Enter opens. */
export function RecordGrid<Row extends { readonly id: string }>({ label, rows, columns, selectedId, onSelect, empty }: RecordGridProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const lang = document.documentElement.lang;
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: rowHeightPx, overscan: 12 });
  useEffect(() => virtual.measure(), [lang, virtual]);
  const selectedIndex = rows.findIndex((row) => row.id === selectedId);

  const onKeyDown = (event: KeyboardEvent): void => {
    const last = rows.length - 1;
    const target = { ArrowDown: Math.min(selectedIndex + 1, last), ArrowUp: Math.max(selectedIndex - 1, 0), Home: 0, End: last }[event.key];
    const row = target === undefined ? undefined : rows[target];
    if (!row || target === undefined) return;
    event.preventDefault();
    onSelect(row.id);
    virtual.scrollToIndex(target);
  };
  return (
    <div
      ref={scroller}
      className={styles['grid']}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      onKeyDown={onKeyDown}
      aria-activedescendant={selectedIndex >= 0 ? `row-${selectedId}` : undefined}
    >
      <div role="row" aria-rowindex={1} className={`${styles['row']} ${styles['head']}`}>
        {columns.map((column) => (
          <span key={column.id} role="columnheader" className={`${styles['cell']} ${styles[column.size]}`}>
            {column.label}
          </span>
        ))}
      </div>
      {rows.length === 0 ? (
        <div role="row" className={styles['empty']}>
          <div role="gridcell">{empty}</div>
        </div>
      ) : null}
      <div role="rowgroup" className={styles['body']} ref={(node) => node?.style.setProperty('block-size', `${virtual.getTotalSize()}px`)}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const isSelected = row.id === selectedId;
          return (
            <div
              key={row.id}
              id={`row-${row.id}`}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={isSelected}
              className={`${styles['row']} ${styles['line']}`}
              data-selected={isSelected || undefined}
              onClick={() => onSelect(row.id)}
              ref={(node) => node?.style.setProperty('transform', `translateY(${item.start}px)`)}
            >
              {columns.map((column) => (
                <span key={column.id} role="gridcell" className={`${styles['cell']} ${styles[column.size]}`}>
                  {column.render(row)}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
