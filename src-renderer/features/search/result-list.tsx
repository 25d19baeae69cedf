import type { SearchHit } from '../../db/data-service.ts';
import { localDay } from '../../i18n/local-day.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { MarkedText } from '../../kit/marked-text.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { useKindName } from '../../kit/kind-name.ts';
import styles from './search.module.css';

function keepInView(row: HTMLElement | null): void {
  row?.scrollIntoView({ block: 'nearest' });
}

interface ResultListProps {
  readonly label: string;
  readonly hits: readonly SearchHit[];
  readonly chosenId: string | undefined;
  readonly onOpen: (hit: SearchHit) => void;
}

/** Found records one under the other: kind, title, label, day and the words in their surroundings. */
export function ResultList({ label, hits, chosenId, onOpen }: ResultListProps) {
  const fmt = useFmt();
  const kindName = useKindName();
  return (
    <ul role="listbox" aria-label={label} className={styles['list']} tabIndex={0} aria-activedescendant={hits.some(({ id }) => id === chosenId) ? `hit-${chosenId}` : undefined}>
      {hits.map((hit) => (
        <li
          key={hit.id}
          id={`hit-${hit.id}`}
          ref={hit.id === chosenId ? keepInView : null}
          role="option"
          aria-selected={hit.id === chosenId}
          data-selected={hit.id === chosenId || undefined}
          className={styles['hit']}
          onClick={() => onOpen(hit)}
        >
          <span className={styles['line']}>
            <span className={styles['kind']}>{kindName(hit.entity)}</span>
            <span className={styles['title']}>
              <MarkedText marked={hit.title} lang={hit.lang} />
            </span>
            <TlpChip tlp={hit.tlp} />
            <span className={styles['day']}>{fmt.dayShort(localDay(hit.at))}</span>
          </span>
          {hit.snippet.text ? (
            <span className={styles['snippet']}>
              <MarkedText marked={hit.snippet} lang={hit.lang} />
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
