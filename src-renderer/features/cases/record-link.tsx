import type { RecordLine } from '../../db/data-service.ts';
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
  readonly record: RecordLine;
  readonly onOpen: OpenRecord;
}

/** One line that names another record by label, kind and title, and opens it. */
export function RecordLink({ record, onOpen }: RecordLinkProps) {
  const recordKind = useRecordKind();
  return (
    <span className={styles['link']}>
      <TlpChip tlp={record.tlp} />
      <Button kind="link" onPress={() => onOpen(record)}>
        {recordKind(record.entity)}: <bdi lang={record.lang || undefined}>{record.title}</bdi>
      </Button>
    </span>
  );
}
