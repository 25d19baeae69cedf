import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import { useServices } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { Actions, Dialog } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Progress } from '../../kit/progress.tsx';
import { dryRun, importItems, pickIntakeFile, readInWorker, type DryRun, type TimedProgress } from './actions.ts';
import { DryRunSummary } from './dry-run-summary.tsx';
import { RejectedTable } from './rejected-table.tsx';

type Stage =
  | { readonly at: 'picking' }
  | { readonly at: 'reading'; readonly name: string }
  | { readonly at: 'dry-run'; readonly run: DryRun }
  | { readonly at: 'importing'; readonly run: DryRun; readonly progress: TimedProgress }
  | { readonly at: 'done'; readonly run: DryRun; readonly saved: number; readonly stopped: boolean }
  | { readonly at: 'failed'; readonly error: AppError };

/** From choosing a file to the list of what was left out: dry run first, then progress with a way to stop. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation(['intel', 'app']);
  const { data } = useServices();
  const fmt = useFmt();
  const errorText = useErrorText();
  const [stage, setStage] = useState<Stage>({ at: 'picking' });
  const abort = useRef(new AbortController());
  const started = useRef(false);

  useEffect(() => {
    if (started.current) return;
    started.current = true;
    const run = async (): Promise<void> => {
      const picked = await pickIntakeFile();
      if (!picked.ok) return setStage({ at: 'failed', error: picked.error });
      if (picked.value === null) return onClose();
      const { name } = picked.value;
      setStage({ at: 'reading', name });
      const file = await readInWorker(picked.value, abort.current.signal);
      if (!file.ok) return setStage({ at: 'failed', error: file.error });
      setStage({ at: 'dry-run', run: await dryRun(data, name, file.value) });
    };
    void run();
  }, [data, onClose]);

  const start = async (run: DryRun): Promise<void> => {
    abort.current = new AbortController();
    const saved = await importItems(data, run, (progress) => setStage({ at: 'importing', run, progress }), abort.current.signal);
    setStage(saved.ok ? { at: 'done', run, saved: saved.value, stopped: abort.current.signal.aborted } : { at: 'failed', error: saved.error });
  };

  const close = (): void => {
    abort.current.abort();
    onClose();
  };
  const content = () => {
    switch (stage.at) {
      case 'picking':
        return null;
      case 'reading':
        return <p role="status">{t('intel:dryRun.reading', { name: stage.name })}</p>;
      case 'dry-run':
        return <DryRunSummary run={stage.run} onCancel={close} onStart={() => void start(stage.run)} />;
      case 'importing': {
        const { done, total, elapsedMs } = stage.progress;
        const secondsLeft = done > 0 ? (elapsedMs / 1000 / done) * (total - done) : 0;
        return (
          <>
            <Progress label={t('intel:progress.title', { name: stage.run.name })} value={done} max={total} />
            <p role="status">
              {t('intel:progress.count', { done: fmt.number(done), total: fmt.number(total) })}{' '}
              {done > 0 && done < total ? t('intel:progress.left', { time: fmt.duration(Math.ceil(secondsLeft)) }) : ''}
            </p>
            <Actions>
              <Button onPress={() => abort.current.abort()}>{t('intel:progress.cancel')}</Button>
            </Actions>
          </>
        );
      }
      case 'done':
        return (
          <>
            <Notice kind={stage.stopped ? 'warn' : 'ok'}>
              <p>{t(stage.stopped ? 'intel:done.stopped' : 'intel:done.saved', { count: stage.saved })}</p>
            </Notice>
            <RejectedTable rejected={stage.run.file.rejected} />
            <Actions>
              <Button kind="primary" autoFocus onPress={onClose}>
                {t('app:action.close')}
              </Button>
            </Actions>
          </>
        );
      case 'failed':
        return (
          <>
            <Notice kind="bad">
              <p>{errorText(stage.error)}</p>
            </Notice>
            <Actions>
              <Button kind="primary" autoFocus onPress={onClose}>
                {t('app:action.close')}
              </Button>
            </Actions>
          </>
        );
    }
  };
  const title = stage.at === 'dry-run' ? t('intel:dryRun.title', { name: stage.run.name }) : stage.at === 'done' ? t('intel:done.title') : t('intel:import');
  return (
    <Dialog title={title} isOpen={stage.at !== 'picking'} onClose={close} wide>
      {content()}
    </Dialog>
  );
}
