import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import type { RebuildProgress, RebuildReport } from '../../db/journal/rebuild.ts';
import { Button } from '../../kit/button.tsx';
import { CardPage } from '../../kit/card-page.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Progress } from '../../kit/progress.tsx';

/** What was found when the store was opened. */
export interface StoreLoss {
  readonly reason: 'count' | 'content' | 'remake';
  readonly expected: number;
  readonly found: number;
}

interface RebuildScreenProps {
  readonly loss: StoreLoss;
  /** Makes the store again; called once. */
  readonly rebuild: (onProgress: (progress: RebuildProgress) => void) => Promise<RebuildReport>;
  readonly onContinue: () => void;
}

/** Says what came from where, and what did not come back. */
function Report({ report }: { readonly report: RebuildReport }) {
  const { t } = useTranslation('rebuild');
  return (
    <>
      <ul>
        <li>{t('report.journal', { count: report.fromJournal })}</li>
        {report.fromStore > 0 ? <li>{t('report.store', { count: report.fromStore })}</li> : null}
        {report.fromHub > 0 ? <li>{t('report.hub', { count: report.fromHub })}</li> : null}
      </ul>
      <Notice kind={report.lost > 0 ? 'bad' : 'ok'}>
        <p>{report.lost > 0 ? t('report.lost', { count: report.lost }) : t('report.nothingLost')}</p>
      </Notice>
      {report.cut ? (
        <Notice kind="warn">
          <p>{t('report.cut')}</p>
        </Notice>
      ) : null}
    </>
  );
}

/** Shown instead of the workspace while a lost store is made again, until the officer has read what became of it. */
export function RebuildScreen({ loss, rebuild, onContinue }: RebuildScreenProps) {
  const { t } = useTranslation('rebuild');
  const errorText = useErrorText();
  const [progress, setProgress] = useState<RebuildProgress>({ stage: 'journal', done: 0, total: loss.expected });
  const [report, setReport] = useState<RebuildReport>();
  const [problem, setProblem] = useState<AppError>();
  useEffect(() => {
    rebuild(setProgress).then(setReport, (error: unknown) => setProblem({ code: 'unexpected', ...Object(error) } as AppError));
  }, [rebuild]);
  return (
    <CardPage title={report ? t('done') : t('title')}>
      {report ? <Report report={report} /> : <p>{t(`reason.${loss.reason}`, { expected: loss.expected, found: loss.found })}</p>}
      {!report && !problem ? (
        <div role="status">
          <Progress label={t(`stage.${progress.stage}`)} value={progress.done} max={progress.total} />
          <p className="number">{t('progress', { done: progress.done, total: progress.total })}</p>
        </div>
      ) : null}
      {problem ? (
        <Notice kind="bad">
          <p>{errorText(problem)}</p>
        </Notice>
      ) : null}
      {report ? (
        <Actions>
          <Button kind="primary" autoFocus onPress={onContinue}>
            {t('continue')}
          </Button>
        </Actions>
      ) : null}
    </CardPage>
  );
}
