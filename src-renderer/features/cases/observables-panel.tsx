import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { guessObservableKind } from '#shared/domain/observable/normalise.ts';
import type { CaseBody } from '#shared/schema/case.ts';
import { OBSERVABLE_KINDS, type ObservableKind } from '#shared/schema/observable.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { FieldRow, SelectField, TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import { addObservable, removeObservable } from './actions.ts';
import { CorrelationHits } from './correlation-hits.tsx';
import { useCorrelations } from './queries.ts';
import type { OpenRecord } from './record-link.tsx';
import { SharedRecords } from './shared-records.tsx';
import styles from './cases.module.css';

/** The observables of a case, each with where else it occurs. */
export function ObservablesPanel({ current, onOpen }: { readonly current: RecordOf<CaseBody>; readonly onOpen: OpenRecord }) {
  const { t } = useTranslation(['cases', 'app']);
  const { data, link } = useServices();
  const names = useNames();
  const errorText = useErrorText();
  const [withSuppressed, setWithSuppressed] = useState(false);
  const answer = useCorrelations(current, withSuppressed);
  const isOf =
    (observable: { readonly kind: string; readonly key: string }) =>
    ({ kind, key }: { readonly kind: string; readonly key: string }): boolean =>
      kind === observable.kind && key === observable.key;
  const [kind, setKind] = useState<ObservableKind>('phone');
  const [value, setValue] = useState('');
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState('');

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const added = await addObservable(data, current, kind, value, note, names.country(link?.enrolment?.unit ?? ''));
    const reason = added.ok ? '' : added.error.detail?.['reason'];
    setProblem(added.ok ? '' : reason === 'invalid' ? t('cases:observables.invalid') : reason === 'known' ? t('cases:observables.known') : errorText(added.error));
    if (!added.ok) return;
    setValue('');
    setNote('');
  };
  const change = (text: string): void => {
    setValue(text);
    const guess = guessObservableKind(text);
    if (guess !== 'other') setKind(guess);
  };
  return (
    <Section title={t('cases:observables.title')}>
      {current.body.observables.length === 0 ? <p>{t('cases:observables.none')}</p> : null}
      {answer ? <SharedRecords answer={answer} withSuppressed={withSuppressed} onToggle={() => setWithSuppressed(!withSuppressed)} onOpen={onOpen} /> : null}
      <ul className={styles['observables']}>
        {current.body.observables.map((observable) => (
          <li key={`${observable.kind}|${observable.key}`} className={styles['observable']}>
            <span className={styles['kind']}>{t(`cases:kind.${observable.kind}`)}</span>
            <bdi className={styles['value']}>{observable.value}</bdi>
            {observable.note ? <span className={styles['note']}>{observable.note}</span> : null}
            <CorrelationHits correlation={answer?.correlations.find(isOf(observable))} suppressed={answer?.suppressed.find(isOf(observable))} onOpen={onOpen} />
            <Button kind="quiet" aria-label={`${t('app:action.remove')}: ${observable.value}`} onPress={() => void removeObservable(data, current, observable)}>
              ×
            </Button>
          </li>
        ))}
      </ul>
      <form onSubmit={(event) => void submit(event)} className={styles['addObservable']}>
        <FieldRow>
          <TextField label={t('cases:observables.value')} value={value} onChange={change} name="observable" />
          <SelectField
            label={t('cases:observables.kind')}
            value={kind}
            choices={OBSERVABLE_KINDS.map((id) => ({ id, label: t(`cases:kind.${id}`) }))}
            onChange={(id) => setKind(OBSERVABLE_KINDS.find((known) => known === id) ?? 'other')}
          />
          <TextField label={t('cases:observables.note')} value={note} onChange={setNote} />
        </FieldRow>
        {problem ? (
          <Notice kind="bad">
            <p>{problem}</p>
          </Notice>
        ) : null}
        <div>
          <Button type="submit" isDisabled={value.trim() === ''}>
            {t('cases:observables.add')}
          </Button>
        </div>
      </form>
    </Section>
  );
}
