import { useTranslation } from 'react-i18next';
import members from '../../../resources/region/members.json' with { type: 'json' };
import agencies from '../../../resources/codelists/agency.json' with { type: 'json' };
import items from '../../../resources/codelists/item.json' with { type: 'json' };
import modes from '../../../resources/codelists/mode.json' with { type: 'json' };
import offences from '../../../resources/codelists/offence.json' with { type: 'json' };
import outcomes from '../../../resources/codelists/outcome.json' with { type: 'json' };
import roles from '../../../resources/codelists/role.json' with { type: 'json' };
import type { SlotType } from '#shared/schema/statement.ts';
import { LANGUAGES } from '../../i18n/locales.ts';
import { toLatinDigits } from '../../i18n/number-text.ts';
import { useTerms } from '../../i18n/use-fmt.ts';
import { DayField } from '../../kit/day-field.tsx';
import { FieldRow, SelectField, TextField } from '../../kit/field.tsx';

/** Codes a slot may take, by its type. */
const CODES = { agency: agencies.codes, item: items.codes, mode: modes.codes, offence: offences.codes, outcome: outcomes.codes, role: roles.codes } as const;
const CURRENCIES = [...new Set(['USD', 'USDT', ...members.map((member) => member.currency)])].filter((code) => code.length === 3).sort();

interface SlotFieldProps {
  readonly type: SlotType;
  readonly label: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** Digits of any script, as the Latin ones the schema keeps; group separators are dropped. */
function toPlainNumber(text: string): string {
  return toLatinDigits(text).replace(/[^0-9.]/g, '');
}

/** One slot of a statement: what it takes follows from its type. */
export function SlotField({ type, label, value, onChange }: SlotFieldProps) {
  const { t } = useTranslation('briefs');
  const terms = useTerms();
  const text = typeof value === 'string' ? value : '';
  switch (type) {
    case 'day':
      return <DayField label={label} value={text} onChange={onChange} />;
    case 'country':
      return <SelectField label={label} value={text} choices={members.map(({ country }) => ({ id: country, label: terms.label('country', country) }))} onChange={onChange} />;
    case 'agency':
    case 'item':
    case 'mode':
    case 'offence':
    case 'outcome':
    case 'role':
      return <SelectField label={label} value={text} choices={CODES[type].map((code) => ({ id: code, label: terms.label(type, code) }))} onChange={onChange} />;
    case 'lang':
      return <SelectField label={label} value={text} choices={LANGUAGES.map(({ tag, selfName }) => ({ id: tag, label: selfName, lang: tag }))} onChange={onChange} />;
    case 'count':
    case 'hours':
      return (
        <TextField
          label={label}
          value={value === undefined ? '' : String(value)}
          onChange={(next) => onChange(toPlainNumber(next) === '' ? undefined : Number.parseInt(toPlainNumber(next), 10))}
          name={type}
        />
      );
    case 'money': {
      const money = Object(value) as { readonly value?: string; readonly currency?: string };
      return (
        <FieldRow>
          <TextField label={label} value={money.value ?? ''} onChange={(next) => onChange({ ...money, value: toPlainNumber(next) })} name="amount" />
          <SelectField
            label={t('slot.currency')}
            value={money.currency ?? ''}
            choices={CURRENCIES.map((code) => ({ id: code, label: code, lang: 'en' }))}
            onChange={(currency) => onChange({ ...money, currency })}
          />
        </FieldRow>
      );
    }
    case 'text':
      return <TextField label={label} value={text} onChange={onChange} rows={4} name="text" />;
    case 'time':
    case 'ident':
      return <TextField label={label} value={text} onChange={(next) => onChange(type === 'time' ? toLatinDigits(next) : next)} placeholder={type === 'time' ? '09:00' : ''} name={type} />;
  }
}
