import { useTranslation } from 'react-i18next';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import type { DryRun } from './actions.ts';
import { RejectedTable } from './rejected-table.tsx';

interface DryRunSummaryProps {
  readonly run: DryRun;
  readonly onCancel: () => void;
  readonly onStart: () => void;
}

/** What the file would bring: new, newer, known, folded, left out; nothing is stored yet. */
export function DryRunSummary({ run, onCancel, onStart }: DryRunSummaryProps) {
  const { t } = useTranslation(['intel', 'app']);
  const fmt = useFmt();
  const count = run.fresh.length + run.changed.length;
  return (
    <>
      <p>{t('intel:dryRun.nothingStored')}</p>
      <dl className="number">
        <dt>{t('intel:dryRun.new')}</dt>
        <dd>{fmt.number(run.fresh.length)}</dd>
        <dt>{t('intel:dryRun.changed')}</dt>
        <dd>{fmt.number(run.changed.length)}</dd>
        <dt>{t('intel:dryRun.known')}</dt>
        <dd>{fmt.number(run.known)}</dd>
        <dt>{t('intel:dryRun.folded')}</dt>
        <dd>{fmt.number(run.file.folded)}</dd>
        <dt>{t('intel:dryRun.rejected')}</dt>
        <dd>{fmt.number(run.file.rejected.length)}</dd>
      </dl>
      <RejectedTable rejected={run.file.rejected} />
      {count === 0 ? <p role="status">{t('intel:dryRun.nothing')}</p> : null}
      <Actions>
        <Button onPress={onCancel}>{t('app:action.cancel')}</Button>
        <Button kind="primary" isDisabled={count === 0} onPress={onStart}>
          {t('intel:dryRun.start', { count })}
        </Button>
      </Actions>
    </>
  );
}
