import { useEffect, useState } from 'react';
import type { EntityName } from '#shared/entities.ts';
import type { Conflicted, IndexState } from '../../db/data-service.ts';
import { useServices } from '../../db/services.tsx';

/** Kinds whose conflicts an officer can decide in the record itself. */
export const DECIDED_KINDS = ['case', 'intel', 'brief', 'exhibit'] as const satisfies readonly EntityName[];

/** The records with open conflicts, live; undefined until the first answer. */
export function useConflicted(): Conflicted | undefined {
  const { data } = useServices();
  const [conflicted, setConflicted] = useState<Conflicted>();
  useEffect(() => {
    let isOver = false;
    let isLoading = false;
    let isDue = false;
    const load = async (): Promise<void> => {
      isDue = isLoading;
      if (isLoading || isOver) return;
      isLoading = true;
      const found = await data.conflicted(DECIDED_KINDS).catch(() => undefined);
      isLoading = false;
      if (found && !isOver) setConflicted(found);
      if (isDue) void load();
    };
    void load();
    const end = data.onIndexChanged(() => void load());
    return () => {
      isOver = true;
      end();
    };
  }, [data]);
  return conflicted;
}

/** Whether all records are in the index the conflicts are found by. */
export function useIndexState(): IndexState | undefined {
  const { data } = useServices();
  const [state, setState] = useState<IndexState>();
  useEffect(() => data.watchIndexState(setState), [data]);
  return state;
}
