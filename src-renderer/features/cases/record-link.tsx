import type { Tlp } from '#shared/schema/record.ts';
import { Button } from '../../kit/button.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { useRecordKind } from './record-kind.ts';
import styles from './cases.module.css';

/** Another record as far as a list names it. */
export interface LinkedRecord {
  readonly id: string;
  readonly entity: string;
  /** Id of the record it belongs to, or the empty string. */
  readonly ref: string;
}

/** Shows another record in the section it belongs to; given by app/, which knows them all. */
export type OpenRecord = (record: LinkedRecord) => void;

interface RecordLinkProps {
  readonly record: LinkedRecord & { readonly tlp: Tlp };
  readonly title: string;
  /** BCP 47 tag of the title, or the empty string. */
  readonly lang: string;
  readonly onOpen: OpenRecord;
}

/** One line that names another record by label, kind and title, and opens it. */
export function RecordLink({ record, title, lang, onOpen }: RecordLinkProps) {
  const recordKind = useRecordKind();
  return (
    <span className={styles['link']}>
      <TlpChip tlp={record.tlp} />
      <Button kind="link" onPress={() => onOpen(record)}>
        {recordKind(record.entity)}: <bdi lang={lang || undefined}>{title}</bdi>
      </Button>
    </span>
  );
}
