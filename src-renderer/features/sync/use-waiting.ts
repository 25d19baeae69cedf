import { useEffect, useState } from 'react';
import { useServices } from '../../db/services.tsx';
import { orderWaiting, type WaitingChange } from './order-waiting.ts';

/** Most changes listed one by one, and most that are looked at for it. */
const SHOWN = 20;
const READ = 500;

/** The first of what waits for the hub; asked for again whenever the number of changes or what is to be sent first is another. */
export function useWaiting(): readonly WaitingChange[] {
  const { data, pending } = useServices();
  const [waiting, setWaiting] = useState<readonly WaitingChange[]>([]);
  const [first, setFirst] = useState<readonly string[]>([]);
  useEffect(() => data.watchSentFirst(setFirst), [data]);
  useEffect(() => {
    let isOver = false;
    const load = async (): Promise<void> => {
      const { ids } = await data.outbox();
      const waits = new Set(ids);
      const rows = await data.waitingRows([...new Set([...first.filter((id) => waits.has(id)), ...ids])].slice(0, READ));
      const docs = rows.map(({ doc }) => doc);
      if (!isOver) setWaiting(orderWaiting(docs, ids, first).slice(0, SHOWN));
    };
    if (pending.count > 0) void load().catch(() => undefined);
    return () => {
      isOver = true;
    };
  }, [data, pending.count, first]);
  return pending.count > 0 ? waiting : [];
}
