import type { MarkedText as Marked } from '#shared/domain/text/snippet.ts';
import styles from './marked-text.module.css';

/** A text with the places that were looked for marked; the marks end where graphemes do, so no cluster is torn. */
export function MarkedText({ marked: { text, marks }, lang }: { readonly marked: Marked; readonly lang?: string | undefined }) {
  const parts = marks.flatMap(([start, end], n) => [
    text.slice(n === 0 ? 0 : (marks[n - 1]?.[1] ?? 0), start),
    <mark key={start} className={styles['mark']}>
      {text.slice(start, end)}
    </mark>,
  ]);
  return (
    <bdi lang={lang || undefined}>
      {parts}
      {text.slice(marks.at(-1)?.[1] ?? 0)}
    </bdi>
  );
}
