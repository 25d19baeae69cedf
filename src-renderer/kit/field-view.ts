import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import type { RecordVersion } from '#shared/domain/record/explain.ts';
import type { MergeRules } from '#shared/domain/record/merge.ts';
import type { Decision } from '#shared/domain/record/settle.ts';
import type { Observable } from '#shared/schema/observable.ts';
import { isolate } from '../i18n/isolate.ts';
import { useFmt } from '../i18n/use-fmt.ts';

/** How an officer reads one field of a record. */
export interface FieldView {
  readonly label: string;
  /** A value in words of his language, never a code; of a list one element. */
  readonly text: (value: unknown) => string;
  /** An officer's own words, which he may write anew. */
  readonly isFree?: boolean;
}

/** Every field an officer knows of one kind of record, by name, in the order they are shown; what is missing is technical and not shown. */
export interface RecordView {
  readonly fields: Readonly<Record<string, FieldView>>;
  readonly rules: MergeRules;
}

/** What the conflicts and the history of one record need of the store; db/use-trail.ts gives it. */
export interface Trail {
  /** Id of this device. */
  readonly self: string;
  /** The officer or the unit at a device. */
  readonly nameOf: (device: string) => string;
  /** The unit that decides who may read the record, where it is another one. */
  readonly audienceOwner: string | undefined;
  /** All in one new version of the record; undefined where that went well. */
  readonly settle: (decisions: readonly Decision[]) => Promise<AppError | undefined>;
  /** The newest `most` versions this device has seen, newest first. */
  readonly history: (most: number) => Promise<readonly RecordVersion[]>;
}

/** The fields every record has: TLP, who can read it, and its state in the words of its kind. @param bucketName name of a bucket. */
export function useEnvelopeViews(status: FieldView, bucketName: (bucket: string) => string): Pick<Record<string, FieldView>, 'tlp' | 'status' | 'audience'> {
  const { t } = useTranslation('cases');
  return {
    tlp: { label: t('field.tlp'), text: (value) => `TLP:${String(value)}` },
    status,
    audience: { label: t('who.title'), text: (value) => bucketName(String(value)) },
  };
}

/** An observable as kind, value and note. */
export function useObservableText(): (element: unknown) => string {
  const { t } = useTranslation('cases');
  const fmt = useFmt();
  return (element) => {
    const { kind, value, note } = element as Observable;
    return fmt.list([`${t(`kind.${kind}`)} ${isolate(value)}`, ...(note ? [isolate(note)] : [])]);
  };
}

/** Words for any value of a field: lists joined, nothing said as such. */
export function useValueText({ fields }: RecordView): (field: string, value: unknown) => string {
  const { t } = useTranslation('history');
  const fmt = useFmt();
  return (field, value) => {
    const text = fields[field]?.text ?? String;
    if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return t('empty');
    return Array.isArray(value) ? fmt.list(value.map(text)) : text(value);
  };
}

/** A clock reading or an instant in milliseconds as the officer's local time. */
export function useMoment(): (ms: number) => string {
  const fmt = useFmt();
  return (ms) => fmt.dateTime(new Date(ms).toISOString(), Intl.DateTimeFormat().resolvedOptions().timeZone);
}
