import { useTranslation } from 'react-i18next';
import type { ContentTransfer } from '#shared/contract/transfers.ts';
import { isolate } from '../../i18n/isolate.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Progress } from '../../kit/progress.tsx';
import { pauseTransfer } from './content-actions.ts';
import styles from './exhibits.module.css';

interface ContentProgressProps {
  readonly transfer: ContentTransfer;
  readonly onCancel: () => void;
}

/** One content on its way: stage, bytes, time left, pause, cancel, and what stands in its way. */
export function ContentProgress({ transfer, onCancel }: ContentProgressProps) {
  const { t } = useTranslation('exhibits');
  const fmt = useFmt();
  const errorText = useErrorText();
  const { way, stage, doneBytes, totalBytes, secondsLeft, error } = transfer;
  const isPaused = stage === 'paused';
  const isSettled = stage === 'done' || stage === 'sealing';
  return (
    <div role="group" aria-label={transfer.name} className={styles['work']} data-content={way} data-stage={stage}>
      <Progress label={t(`content.stage.${way}.${stage}`, { name: isolate(transfer.name) })} value={doneBytes} max={totalBytes} />
      <p role="status">
        {t('progress.count', { done: fmt.bytes(doneBytes), total: fmt.bytes(totalBytes) })} {secondsLeft === null ? '' : t('progress.left', { time: fmt.duration(secondsLeft) })}
      </p>
      {error ? (
        <Notice kind="bad">
          <p>{errorText(error)}</p>
        </Notice>
      ) : null}
      <div className={styles['tools']}>
        {isSettled ? null : <Button onPress={() => pauseTransfer(transfer, !isPaused)}>{t(isPaused ? 'content.resume' : 'content.pause')}</Button>}
        {isSettled && way === 'receive' ? null : (
          <Button kind="quiet" onPress={onCancel}>
            {t('content.cancel')}
          </Button>
        )}
      </div>
    </div>
  );
}
