import { Label, ProgressBar } from 'react-aria-components';
import styles from './progress.module.css';

interface ProgressProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
}

/** How far long work has come; the text beside it carries the counts. */
export function Progress({ label, value, max }: ProgressProps) {
  return (
    <ProgressBar value={value} minValue={0} maxValue={Math.max(max, 1)} className={styles['progress'] ?? ''}>
      {({ percentage }) => (
        <>
          <Label>{label}</Label>
          <div className={styles['track']}>
            <div className={styles['fill']} ref={(node) => node?.style.setProperty('inline-size', `${percentage ?? 0}%`)} />
          </div>
        </>
      )}
    </ProgressBar>
  );
}
