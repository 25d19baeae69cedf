import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import type { LineState } from '#shared/contract/line.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import { Progress } from '../../kit/progress.tsx';
import { openLine, setLinePlan } from './actions.ts';
import { LinePlanForm } from './line-plan-form.tsx';

/** How often what is shown of the passing of time is made anew, in milliseconds. */
const TICK_MS = 30_000;

/** Why the plan keeps the line closed, and the way round it. */
function HeldNotice({ line, zone }: { readonly line: LineState; readonly zone: string }) {
  const { t } = useTranslation('sync');
  const fmt = useFmt();
  if (line.openedUntil !== null) {
    return (
      <Notice kind="info">
        <p role="status">{t('line.opened', { time: fmt.dateTime(new Date(line.openedUntil).toISOString(), zone) })}</p>
      </Notice>
    );
  }
  if (line.verdict.open) return null;
  const { reason, until } = line.verdict;
  const time = until === null ? '' : fmt.dateTime(new Date(until).toISOString(), zone);
  return (
    <Notice kind="warn">
      <p role="status">{t(`line.held.${reason}`, { time })}</p>
      <Button onPress={openLine}>{t('line.openNow')}</Button>
    </Notice>
  );
}

/** The officer's plan for the line: what it may carry and when, and what it carried. */
export function LineSection({ line }: { readonly line: LineState }) {
  const { t } = useTranslation('sync');
  const fmt = useFmt();
  const errorText = useErrorText();
  const [error, setError] = useState<AppError | null>(null);
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { plan } = line;
  const used = (bytes: number, most: number): string => (most > 0 ? t('line.usedOf', { used: fmt.bytes(bytes), most: fmt.bytes(most) }) : fmt.bytes(bytes));
  return (
    <Section title={t('line.title')}>
      <HeldNotice line={line} zone={zone} />
      <dl>
        <dt>{t('line.hour')}</dt>
        <dd>{used(line.hourBytes, plan.hourBytes)}</dd>
        <dt>{t('line.day')}</dt>
        <dd>{used(line.dayBytes, plan.dayBytes)}</dd>
        {line.bytesPerSecond === null ? null : (
          <>
            <dt>{t('line.rate')}</dt>
            <dd>{t('line.perSecond', { size: fmt.bytes(Math.round(line.bytesPerSecond)) })}</dd>
          </>
        )}
      </dl>
      {plan.dayBytes > 0 ? <Progress label={t('line.day')} value={Math.min(line.dayBytes, plan.dayBytes)} max={plan.dayBytes} /> : null}
      {error ? (
        <Notice kind="bad">
          <p>{errorText(error)}</p>
        </Notice>
      ) : null}
      <LinePlanForm plan={plan} onChange={(next) => void setLinePlan(next).then(setError)} />
    </Section>
  );
}
