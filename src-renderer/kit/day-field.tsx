import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFmt } from '../i18n/use-fmt.ts';
import { FieldRow, SelectField } from './field.tsx';
import styles from './day-field.module.css';

interface DayFieldProps {
  readonly label: string;
  /** ISO 8601 calendar date, or empty. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const FIRST_YEAR = 2000;
const LAST_YEAR = 2045;

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function toIso(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(Math.min(day, daysIn(year, month))).padStart(2, '0')}`;
}

/**
 * A date as day, month by name and year: no officer can mistake the month for the day. The year names its era where the
 * language counts another one. Native date controls turn into month/day/year in languages Chromium does not know.
 */
export function DayField({ label, value, onChange }: DayFieldProps) {
  const { t } = useTranslation('app');
  const fmt = useFmt();
  const [today] = useState(() => new Date());
  const [year = today.getFullYear(), month = today.getMonth() + 1, day = today.getDate()] = value === '' ? [] : value.split('-').map(Number);
  const numbers = (from: number, to: number, label_: (n: number) => string) => Array.from({ length: to - from + 1 }, (_, i) => ({ id: String(from + i), label: label_(from + i) }));
  const yearLabel = (n: number) => {
    const whole = fmt.monthYear(toIso(n, 1, 1));
    return whole.replace(fmt.names.months[0] ?? '', '').trim() || String(n);
  };
  return (
    <fieldset className={styles['group']}>
      <legend className={styles['legend']}>{label}</legend>
      <FieldRow>
        <SelectField
          hideLabel
          label={`${label}: ${t('date.day')}`}
          placeholder={t('date.day')}
          value={value === '' ? '' : String(day)}
          choices={numbers(1, daysIn(year, month), (n) => fmt.number(n))}
          onChange={(d) => onChange(toIso(year, month, Number(d)))}
        />
        <SelectField
          hideLabel
          label={`${label}: ${t('date.month')}`}
          placeholder={t('date.month')}
          value={value === '' ? '' : String(month)}
          choices={numbers(1, 12, (n) => fmt.names.months[n - 1] ?? String(n))}
          onChange={(m) => onChange(toIso(year, Number(m), day))}
        />
        <SelectField
          hideLabel
          label={`${label}: ${t('date.year')}`}
          placeholder={t('date.year')}
          value={value === '' ? '' : String(year)}
          choices={numbers(FIRST_YEAR, LAST_YEAR, yearLabel)}
          onChange={(y) => onChange(toIso(Number(y), month, day))}
        />
      </FieldRow>
    </fieldset>
  );
}
