import { useTranslation } from 'react-i18next';
import type { ReactNode } from 'react';
import type { Statement } from '#shared/schema/statement.ts';
import { useStatementRenderer } from '../i18n/use-fmt.ts';
import styles from './statement-list.module.css';

interface StatementListProps {
  readonly statements: readonly Statement[];
  /** Language the statements are read in (BCP 47). */
  readonly lang: string;
  /** Buttons beside one statement. */
  readonly tools?: (statement: Statement) => ReactNode;
  readonly label: string;
}

/** Statements as sentences of one language; identifiers, amounts and dates stand out, free text keeps its own language. */
export function StatementList({ statements, lang, tools, label }: StatementListProps) {
  const { t } = useTranslation('briefs');
  const render = useStatementRenderer(lang);
  return (
    <ol className={styles['list']} lang={lang} aria-label={label}>
      {statements.map((statement) => {
        const rendered = render(statement);
        const foreign = statement.kind === 'paragraph' && statement.slots.lang !== lang;
        return (
          <li key={statement.id} className={styles['statement']} data-kind={statement.kind}>
            <p className={styles['sentence']} lang={rendered.lang}>
              {rendered.parts.map((part, i) =>
                part.type === 'text' || part.type === 'free' || part.type === 'term' ? (
                  <span key={`${part.type} ${String(i)}`} lang={part.lang}>
                    {part.value}
                  </span>
                ) : (
                  <bdi key={`${part.type} ${String(i)}`} className={styles['value']}>
                    {part.value}
                  </bdi>
                ),
              )}
              {foreign ? (
                <span className={styles['note']} lang={document.documentElement.lang}>
                  {t('read.untranslated')}
                </span>
              ) : null}
            </p>
            {tools ? <span className={styles['tools']}>{tools(statement)}</span> : null}
          </li>
        );
      })}
    </ol>
  );
}
