import styles from './status-mark.module.css';

/** Shape of a state: ○ new, ● active, ◇ waiting, ■ closed. */
export type StatusShape = 'new' | 'active' | 'waiting' | 'closed';

/** A state as shape and word; never colour alone. */
export function StatusMark({ shape, label }: { readonly shape: StatusShape; readonly label: string }) {
  return <span className={`${styles['mark']} ${styles[shape]}`}>{label}</span>;
}
