import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { estimateCost } from '#shared/domain/line/plan.ts';
import { entityDefinition, URGENT_LANES } from '#shared/entities.ts';
import { useServices } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Section } from '../../kit/page.tsx';
import { useKindName } from '../../kit/kind-name.ts';

/** Most changes listed one by one. */
const SHOWN = 20;

interface WaitingChange {
  readonly id: string;
  readonly entity: string;
  readonly title: string;
  /** Of the record as it waits, in bytes. */
  readonly bytes: number;
  readonly isUrgent: boolean;
}

/** What waits for the hub, urgent changes first; asked for again whenever the number of changes is another. */
function useWaiting(): readonly WaitingChange[] {
  const { data, pending } = useServices();
  const [waiting, setWaiting] = useState<readonly WaitingChange[]>([]);
  useEffect(() => {
    let isOver = false;
    const load = async (): Promise<void> => {
      const { ids } = await data.outbox();
      const rows = await data.waitingRows(ids.slice(0, 500));
      const changes = rows.map(({ doc }): WaitingChange => {
        const lane = entityDefinition(doc.entity)?.lane;
        return { id: doc.id, entity: doc.entity, title: String(doc.body['title'] ?? ''), bytes: JSON.stringify(doc).length, isUrgent: lane !== undefined && URGENT_LANES.has(lane) };
      });
      if (!isOver) setWaiting([...changes.filter(({ isUrgent }) => isUrgent), ...changes.filter(({ isUrgent }) => !isUrgent)].slice(0, SHOWN));
    };
    if (pending.count > 0) void load().catch(() => undefined);
    return () => {
      isOver = true;
    };
  }, [data, pending.count]);
  return pending.count > 0 ? waiting : [];
}

/** Every change that is not at the hub yet, with what it takes on the line. */
export function OutboxSection() {
  const { t } = useTranslation('sync');
  const { link, pending } = useServices();
  const fmt = useFmt();
  const kindName = useKindName();
  const waiting = useWaiting();
  const more = pending.count - waiting.length;
  return (
    <Section title={t('waiting.title')}>
      {pending.count === 0 ? <p>{t('waiting.none')}</p> : null}
      {waiting.length === 0 || !link ? null : (
        <table>
          <thead>
            <tr>
              <th>{t('waiting.column.what')}</th>
              <th>{t('waiting.column.kind')}</th>
              <th>{t('waiting.column.size')}</th>
            </tr>
          </thead>
          <tbody>
            {waiting.map(({ id, entity, title, bytes, isUrgent }) => (
              <tr key={id}>
                <td>
                  <bdi>{title}</bdi>
                  {isUrgent ? ` ${t('waiting.urgent')}` : ''}
                </td>
                <td>{kindName(entity)}</td>
                <td className="number">{fmt.bytes(estimateCost(bytes, link.line).wireBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {waiting.length > 0 && more > 0 ? <p>{t('waiting.more', { count: more })}</p> : null}
    </Section>
  );
}
