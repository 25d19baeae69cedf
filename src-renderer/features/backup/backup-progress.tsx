import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BackupProgress } from '#shared/contract/backup.ts';
import { Button } from '../../kit/button.tsx';
import { Progress } from '../../kit/progress.tsx';
import { Stack } from '../../kit/page.tsx';
import { followBackup, stopBackup } from './actions.ts';

/** How far the backup or the restore under way is, and how to stop it. */
export function BackupProgressView({ label }: { readonly label: string }) {
  const { t } = useTranslation('backup');
  const [progress, setProgress] = useState<BackupProgress>();
  useEffect(() => followBackup(setProgress), []);
  return (
    <Stack>
      <div role="status">
        <Progress label={progress ? t(`stage.${progress.stage}`) : label} value={progress?.done ?? 0} max={progress?.total ?? 1} />
      </div>
      <div>
        <Button onPress={stopBackup}>{t('make.stop')}</Button>
      </div>
    </Stack>
  );
}
