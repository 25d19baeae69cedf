import { useEffect, useMemo, useState } from 'react';
import type { AppError } from '#shared/contract/errors.ts';
import type { IndexState, SearchAnswer, SearchQuery } from '../../db/data-service.ts';
import { useServices } from '../../db/services.tsx';
import type { SearchView } from './store.ts';
import { toQuery } from './view-query.ts';

/** Milliseconds of quiet before a question is asked: shorter than the pause between two keys of a slow typist. */
const QUIET_MS = 60;
/** Milliseconds between two questions because the store changed. */
const REFRESH_MS = 500;

/** An answer with the question it belongs to, or why there is none. */
export interface Asked {
  readonly query: SearchQuery;
  readonly answer?: SearchAnswer;
  readonly error?: AppError;
}

/** The answer to a query while it is being typed: asked after a short quiet and again when the store changes; an answer that comes late is dropped. */
export function useAnswer(query: SearchQuery): Asked | undefined {
  const { data } = useServices();
  const [asked, setAsked] = useState<Asked>();
  useEffect(() => {
    let live = true;
    let timer = 0;
    let isAsking = false;
    const ask = async (): Promise<void> => {
      isAsking = true;
      const next = await data.search(query).then(
        (answer): Asked => ({ query, answer }),
        (error: unknown): Asked => ({ query, error: { code: (Object(error) as { readonly code?: AppError['code'] }).code ?? 'unexpected' } }),
      );
      isAsking = false;
      if (live) setAsked(next);
    };
    const later = (ms: number): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void ask(), ms);
    };
    later(QUIET_MS);
    const stop = data.onIndexChanged(() => {
      if (!isAsking) later(REFRESH_MS);
    });
    return () => {
      live = false;
      window.clearTimeout(timer);
      stop();
    };
  }, [data, query]);
  return asked;
}

/** The query of the search screen; the same object until a condition changes. */
export function useScreenQuery(view: SearchView, limit: number): SearchQuery {
  const { directory } = useServices();
  const { text, entity, status, country, tlp, period, from, firstDay, lastDay } = view;
  return useMemo(
    () => toQuery({ text, entity, status, country, tlp, period, from, firstDay, lastDay }, directory, limit),
    [text, entity, status, country, tlp, period, from, firstDay, lastDay, directory, limit],
  );
}

/** Whether the index holds the whole store; undefined until the worker has said. */
export function useIndexState(): IndexState | undefined {
  const { data } = useServices();
  const [state, setState] = useState<IndexState>();
  useEffect(() => data.watchIndexState(setState), [data]);
  return state;
}
