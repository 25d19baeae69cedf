import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '#shared/base/result.ts';
import type { CourierAnswer, CourierMade, CourierState } from '#shared/contract/bundle.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { useServices } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import { Progress } from '../../kit/progress.tsx';
import { courierState, makeBundle, readAnswer } from './courier-actions.ts';

/** What the section is at, and what the officer's last step came to. */
type Step =
  | { readonly kind: 'idle' | 'asking' | 'reading' }
  | { readonly kind: 'writing'; readonly done: number; readonly total: number }
  | { readonly kind: 'made'; readonly made: CourierMade }
  | { readonly kind: 'read'; readonly answer: CourierAnswer }
  | { readonly kind: 'failed'; readonly error: AppError };

const BUSY: readonly Step['kind'][] = ['asking', 'reading', 'writing'];

function MadeNotice({ made: { name, rows, refused, sizeBytes } }: { readonly made: CourierMade }) {
  const { t } = useTranslation('sync');
  const fmt = useFmt();
  return (
    <Notice kind="ok">
      <p role="status">{t('courier.made', { name, count: rows, size: fmt.bytes(sizeBytes) })}</p>
      {refused > 0 ? <p>{t('courier.left', { count: refused })}</p> : null}
    </Notice>
  );
}

function ReadNotice({ answer: { received, refused, conflicts, rows } }: { readonly answer: CourierAnswer }) {
  const { t } = useTranslation('sync');
  return (
    <Notice kind={refused + conflicts > 0 ? 'warn' : 'ok'}>
      <p role="status">{t('courier.taken', { count: rows })}</p>
      {received > 0 ? <p>{t('courier.received', { count: received })}</p> : null}
      {refused + conflicts > 0 ? <p>{t('courier.trouble', { count: refused + conflicts })}</p> : null}
    </Notice>
  );
}

/** What became of the last step. */
function Outcome({ step }: { readonly step: Step }) {
  const { t } = useTranslation('sync');
  const fmt = useFmt();
  const errorText = useErrorText();
  switch (step.kind) {
    case 'writing':
      return <Progress label={t('courier.progress', { done: fmt.number(step.done), total: fmt.number(step.total) })} value={step.done} max={step.total} />;
    case 'reading':
      return <p role="status">{t('courier.reading')}</p>;
    case 'made':
      return <MadeNotice made={step.made} />;
    case 'read':
      return <ReadNotice answer={step.answer} />;
    case 'failed':
      return (
        <Notice kind="bad">
          <p>{errorText(step.error)}</p>
        </Notice>
      );
    case 'idle':
    case 'asking':
      return null;
  }
}

/** Bundles for the hub and its answers, carried by hand. */
export function CourierSection() {
  const { t } = useTranslation('sync');
  const { data } = useServices();
  const fmt = useFmt();
  const [step, setStep] = useState<Step>({ kind: 'idle' });
  const [state, setState] = useState<CourierState>();
  const isBusy = BUSY.includes(step.kind);
  useEffect(() => {
    if (!isBusy) void courierState().then(setState);
  }, [isBusy]);

  const run = async <T,>(work: () => Promise<Result<T | null, AppError>>, toStep: (value: T) => Step): Promise<void> => {
    setStep({ kind: 'asking' });
    const outcome = await work();
    setStep(!outcome.ok ? { kind: 'failed', error: outcome.error } : outcome.value === null ? { kind: 'idle' } : toStep(outcome.value));
  };
  const make = () =>
    run(
      () => makeBundle(data, (done, total) => setStep({ kind: 'writing', done, total })),
      (made) => ({ kind: 'made', made }),
    );
  const read = () =>
    run(
      () => readAnswer(data, () => setStep({ kind: 'reading' })),
      (answer) => ({ kind: 'read', answer }),
    );
  return (
    <Section title={t('courier.title')}>
      <p>{t('courier.explain')}</p>
      {state?.made ? (
        <p>
          {t('courier.last', { time: fmt.dateTime(state.made.at, Intl.DateTimeFormat().resolvedOptions().timeZone), size: fmt.bytes(state.made.sizeBytes) })}{' '}
          {state.isAnswered ? t('courier.answered') : t('courier.waiting')}
        </p>
      ) : null}
      <Outcome step={step} />
      <div>
        <Button isDisabled={isBusy} onPress={() => void make()}>
          {t('courier.make')}
        </Button>{' '}
        <Button isDisabled={isBusy} onPress={() => void read()}>
          {t('courier.read')}
        </Button>
      </div>
    </Section>
  );
}
