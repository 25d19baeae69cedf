import type { Tlp } from '#shared/schema/record.ts';
import styles from './tlp-chip.module.css';

/** A TLP 2.0 label in its prescribed colours (FIRST): always black, always with its text. */
export function TlpChip({ tlp }: { readonly tlp: Tlp }) {
  return <span lang="en" data-tlp={tlp} className={styles['chip']}>{`TLP:${tlp}`}</span>;
}
