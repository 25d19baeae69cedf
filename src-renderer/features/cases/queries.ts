import { useEffect, useState } from 'react';
import type { CaseBody } from '#shared/schema/case.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import type { CorrelationAnswer } from '../../db/data-service.ts';
import { useServices } from '../../db/services.tsx';

/** Where else the observables of a case occur; asked again whenever the case or the store changes. Undefined until the first answer. */
export function useCorrelations(current: RecordOf<CaseBody>, withSuppressed: boolean): CorrelationAnswer | undefined {
  const { data } = useServices();
  const [answer, setAnswer] = useState<CorrelationAnswer>();
  const { observables } = current.body;
  useEffect(() => {
    let live = true;
    const ask = async (): Promise<void> => {
      const keys = observables.map(({ kind, key }) => ({ kind, key }));
      const next = await data.correlate({ observables: keys, excludeId: current.id, withSuppressed });
      if (live) setAnswer(next);
    };
    void ask();
    const stop = data.onIndexChanged(() => void ask());
    return () => {
      live = false;
      stop();
    };
  }, [data, observables, current.id, withSuppressed]);
  return answer;
}
