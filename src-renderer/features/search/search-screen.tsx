import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { SearchHit } from '../../db/data-service.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { useErrorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { Progress } from '../../kit/progress.tsx';
import { useAnswer, useIndexState, useScreenQuery, type Asked } from './queries.ts';
import { ResultList } from './result-list.tsx';
import { SearchFilters } from './search-filters.tsx';
import { useSearchView } from './store.ts';
import styles from './search.module.css';

const HITS = 30;

/** The field takes what is typed in place of what was looked for before. */
function selectText(field: HTMLElement | null): void {
  field?.querySelector('input')?.select();
}

function IndexProgress() {
  const { t } = useTranslation('search');
  const fmt = useFmt();
  const state = useIndexState();
  if (state?.kind !== 'building') return null;
  return (
    <Notice kind="info">
      <Progress label={t('building', { done: fmt.number(state.done), total: fmt.number(state.total) })} value={state.done} max={state.total} />
    </Notice>
  );
}

function Results({ asked, chosenId, onOpen }: { readonly asked: Asked; readonly chosenId: string | undefined; readonly onOpen: (hit: SearchHit) => void }) {
  const { t } = useTranslation('search');
  const fmt = useFmt();
  const errorText = useErrorText();
  const { answer, error } = asked;
  if (error)
    return (
      <Notice kind="bad">
        <p>{errorText(error)}</p>
      </Notice>
    );
  if (!answer) return null;
  const { hits, total, isTotalBound, approximate } = answer;
  return (
    <>
      <p role="status" className={styles['count']}>
        {isTotalBound ? t('more', { count: total, number: fmt.number(total) }) : total === 0 ? t('none') : t('count', { count: total })}
      </p>
      {hits.length > 0 ? <ResultList label={t('title')} hits={hits} chosenId={chosenId} onOpen={onOpen} /> : null}
      {approximate.length > 0 ? (
        <section aria-label={t('approximate.title')}>
          <h2 className={styles['group']}>{t('approximate.title')}</h2>
          <p className={styles['count']}>{t('approximate.explain')}</p>
          <ResultList label={t('approximate.title')} hits={approximate} chosenId={chosenId} onOpen={onOpen} />
        </section>
      ) : null}
    </>
  );
}

/** Search over all records: results while typing, ↑ ↓ choose, Enter opens. */
export function SearchScreen({ onOpen }: { readonly onOpen: (hit: SearchHit) => void }) {
  const { t } = useTranslation('search');
  const view = useSearchView();
  const query = useScreenQuery(view, HITS);
  const asked = useAnswer(query);
  const [chosenId, setChosenId] = useState<string>();
  const isEmpty = view.text.trim() === '';
  const hits = asked?.answer ? [...asked.answer.hits, ...asked.answer.approximate] : [];

  const onKeyDown = (event: KeyboardEvent): void => {
    const at = hits.findIndex(({ id }) => id === chosenId);
    if (event.key === 'ArrowDown') setChosenId(hits[Math.min(at + 1, hits.length - 1)]?.id);
    else if (event.key === 'ArrowUp') setChosenId(hits[Math.max(at - 1, 0)]?.id);
    else if (event.key === 'Enter') {
      const hit = hits[Math.max(at, 0)];
      // An answer to what stood in the field before is not what the officer means.
      if (hit && asked?.query === query) onOpen(hit);
    } else return;
    event.preventDefault();
  };
  return (
    <Page title={t('title')}>
      <div className={styles['screen']}>
        <div className={styles['tools']}>
          <div key={view.asked} ref={selectText} className={styles['field']} onKeyDown={onKeyDown} role="presentation">
            <TextField
              type="search"
              label={t('field')}
              hideLabel
              placeholder={t('placeholder')}
              value={view.text}
              autoFocus
              onChange={(text) => {
                setChosenId(undefined);
                useSearchView.setState({ text });
              }}
            />
          </div>
          <SearchFilters />
        </div>
        <div className={styles['results']} onKeyDown={onKeyDown} role="presentation">
          <IndexProgress />
          {isEmpty ? (
            <div className={styles['empty']}>
              <p>{t('empty.what')}</p>
              <p>{t('empty.how')}</p>
              <p>{t('empty.phrase')}</p>
            </div>
          ) : asked ? (
            <Results asked={asked} chosenId={chosenId} onOpen={onOpen} />
          ) : null}
        </div>
      </div>
    </Page>
  );
}
