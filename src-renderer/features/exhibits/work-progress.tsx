import { useTranslation } from 'react-i18next';
import type { VaultProgress } from '#shared/contract/vault.ts';
import { isolate } from '../../i18n/isolate.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Progress } from '../../kit/progress.tsx';
import { stopWork } from './actions.ts';
import { useExhibitView } from './store.ts';
import styles from './exhibits.module.css';

/** Milliseconds of a stage before its pace says anything. */
const PACE_MS = 1500;

/** Seconds a stage still takes at its pace so far; undefined before that is known. */
export function secondsLeft({ doneBytes, totalBytes, startedAtBytes, elapsedMs }: VaultProgress): number | undefined {
  const done = doneBytes - startedAtBytes;
  return elapsedMs < PACE_MS || done <= 0 || doneBytes >= totalBytes ? undefined : Math.ceil((elapsedMs / 1000 / done) * (totalBytes - doneBytes));
}

/** Long work of a case: stage, bytes, time left and a way to stop. */
export function WorkProgress({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation('exhibits');
  const fmt = useFmt();
  const work = useExhibitView((view) => view.work);
  if (work?.caseId !== caseId) return null;
  const { progress, job } = work;
  const left = progress && secondsLeft(progress);
  const label = progress ? t(`progress.${progress.stage}`, { name: isolate(work.name) }) : t('progress.starting', { name: isolate(work.name) });
  return (
    <div className={styles['work']}>
      <Progress label={label} value={progress?.doneBytes ?? 0} max={progress?.totalBytes ?? 1} />
      <p role="status">
        {progress ? t('progress.count', { done: fmt.bytes(progress.doneBytes), total: fmt.bytes(progress.totalBytes) }) : ''}{' '}
        {left === undefined ? '' : t('progress.left', { time: fmt.duration(left) })}
      </p>
      <div>
        <Button onPress={() => stopWork(job)}>{t('progress.stop')}</Button>
      </div>
    </div>
  );
}

/** What the last work of a case came to. */
export function WorkOutcome({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation('exhibits');
  const errorText = useErrorText();
  const fmt = useFmt();
  const outcome = useExhibitView((view) => view.outcome);
  if (outcome?.caseId !== caseId) return null;
  if (outcome.kind === 'failed') {
    return (
      <Notice kind={outcome.error.code === 'vault-stopped' ? 'warn' : 'bad'}>
        <p>{errorText(outcome.error)}</p>
      </Notice>
    );
  }
  const name = isolate(outcome.name);
  if (outcome.kind !== 'verified') {
    return (
      <Notice kind="ok">
        <p>{t(`outcome.${outcome.kind}`, { name })}</p>
      </Notice>
    );
  }
  const { state, faults, faultCount, chunks } = outcome.check;
  return (
    <Notice kind={state === 'intact' ? 'ok' : 'bad'}>
      <p>{t(`check.${state}`, { name })}</p>
      {faults.map(({ chunk, kind }) => (
        <p key={chunk}>{t(`check.part.${kind}`, { part: fmt.number(chunk), parts: fmt.number(chunks) })}</p>
      ))}
      {faultCount > faults.length ? <p>{t('check.more', { count: faultCount - faults.length })}</p> : null}
    </Notice>
  );
}
