import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServices } from '../../db/services.tsx';
import { useTerms } from '../../i18n/use-fmt.ts';
import styles from './briefs.module.css';

interface RecipientsFieldProps {
  readonly value: readonly string[];
  readonly onChange: (recipients: string[]) => void;
}

/** Whom the author asks the NCB to release to: every unit of the directory but the own one, by name and country. */
export function RecipientsField({ value, onChange }: RecipientsFieldProps) {
  const { t } = useTranslation('briefs');
  const { directory } = useServices();
  const terms = useTerms();
  // What was ticked shows at once; the store follows.
  const [chosen, setChosen] = useState(value);
  const toggle = (bucket: string, isChosen: boolean): void => {
    const next = isChosen ? [...chosen, bucket].sort() : chosen.filter((known) => known !== bucket);
    setChosen(next);
    onChange(next);
  };
  const units = (directory?.units ?? []).filter((unit) => unit.id !== directory?.self.unit);
  if (units.length === 0) return null;
  return (
    <fieldset className={styles['recipients']}>
      <legend>{t('field.recipients')}</legend>
      {units.map((unit) => {
        const bucket = `u:${unit.id}`;
        return (
          <label key={unit.id}>
            <input type="checkbox" checked={chosen.includes(bucket)} onChange={(event) => toggle(bucket, event.target.checked)} />
            <span>
              <bdi>{unit.name}</bdi> · {terms.label('country', unit.country)}
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
