import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import type { LineState } from '#shared/contract/line.ts';
import { toAppError } from '#shared/contract/rpc.ts';
import { estimateCost } from '#shared/domain/line/plan.ts';
import { useServices } from '../../db/services.tsx';
import { isolate } from '../../i18n/isolate.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useKindName } from '../../kit/kind-name.ts';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import type { WaitingChange } from './order-waiting.ts';
import styles from './sync.module.css';
import { useWaiting } from './use-waiting.ts';

/** "Sending": how many changes wait, what they cost on this line, and how long they take. */
function useSendingTitle(line: LineState | undefined): string {
  const { t } = useTranslation('sync');
  const { pending } = useServices();
  const fmt = useFmt();
  if (pending.count === 0 || !line) return t('waiting.title');
  const { wireBytes, seconds } = estimateCost(pending.bytes, line);
  const values = { number: fmt.number(pending.count), size: fmt.bytes(wireBytes) };
  return seconds === null ? t('waiting.titleOf', values) : t('waiting.titleTime', { ...values, duration: fmt.duration(seconds) });
}

interface WaitingRowProps {
  readonly change: WaitingChange;
  readonly line: LineState;
  readonly onSendFirst: (id: string, isFirst: boolean) => void;
}

function WaitingRow({ change: { id, entity, title, lang, bytes, lane, isUrgent, isFirst }, line, onSendFirst }: WaitingRowProps) {
  const { t } = useTranslation('sync');
  const fmt = useFmt();
  const kindName = useKindName();
  const name = title || kindName(entity);
  return (
    <tr>
      <td>
        <bdi lang={lang || undefined}>{name}</bdi>
      </td>
      <td>{kindName(entity)}</td>
      <td>
        {t(`waiting.lane.${lane}`)}
        {isFirst || isUrgent ? <span className={styles['mark']}>{isFirst ? t('waiting.first') : t('waiting.urgent')}</span> : null}
      </td>
      <td className="number">{fmt.bytes(estimateCost(bytes, line).wireBytes)}</td>
      <td>
        <Button data-change={id} aria-label={t(isFirst ? 'waiting.inTurnOf' : 'waiting.sendFirstOf', { name: isolate(name) })} onPress={() => onSendFirst(id, !isFirst)}>
          {t(isFirst ? 'waiting.inTurn' : 'waiting.sendFirst')}
        </Button>
      </td>
    </tr>
  );
}

/** Every change that is not at the hub yet, with its lane, what it takes on the line, and the way to send it before the others. */
export function OutboxSection() {
  const { t } = useTranslation('sync');
  const { data, link, pending } = useServices();
  const waiting = useWaiting();
  const more = pending.count - waiting.length;
  const title = useSendingTitle(link?.line);
  const body = useRef<HTMLTableSectionElement>(null);
  const moved = useRef<string>(undefined);
  const errorText = useErrorText();
  const [problem, setProblem] = useState<AppError>();
  useEffect(() => {
    // a row that changed its place has lost the focus
    const isListed = waiting.some(({ id }) => id === moved.current);
    if (isListed && document.activeElement === document.body) body.current?.querySelector<HTMLElement>(`[data-change="${moved.current}"]`)?.focus();
  }, [waiting]);
  const sendFirst = (id: string, isFirst: boolean): void => {
    moved.current = id;
    setProblem(undefined);
    void data.sendFirst(id, isFirst).catch((error: unknown) => setProblem(toAppError(error)));
  };
  return (
    <Section title={title}>
      {pending.count === 0 ? <p>{t('waiting.none')}</p> : null}
      {waiting.length === 0 || !link ? null : (
        <>
          <table className={styles['waiting']} data-testid="waiting">
            <thead>
              <tr>
                <th>{t('waiting.column.what')}</th>
                <th>{t('waiting.column.kind')}</th>
                <th>{t('waiting.column.lane')}</th>
                <th>{t('waiting.column.size')}</th>
                <th>{t('waiting.column.order')}</th>
              </tr>
            </thead>
            <tbody ref={body}>
              {waiting.map((change) => (
                <WaitingRow key={change.id} change={change} line={link.line} onSendFirst={sendFirst} />
              ))}
            </tbody>
          </table>
          {problem ? (
            <Notice kind="bad">
              <p>{errorText(problem)}</p>
            </Notice>
          ) : null}
          {more > 0 ? <p>{t('waiting.more', { count: more })}</p> : null}
          <p className={styles['who']}>{t('waiting.explain')}</p>
        </>
      )}
    </Section>
  );
}
