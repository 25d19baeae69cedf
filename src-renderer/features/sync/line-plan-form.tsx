import { useTranslation } from 'react-i18next';
import type { LinePlan } from '#shared/contract/line.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { FieldRow, SelectField } from '../../kit/field.tsx';

const KB = 1000;
const MB = 1000 * KB;
/** Limits to choose from, in bytes; 0 is none. */
const HOUR_LIMITS = [0, 100 * KB, 250 * KB, 500 * KB, MB, 5 * MB, 20 * MB] as const;
const DAY_LIMITS = [0, 500 * KB, MB, 5 * MB, 20 * MB, 100 * MB, 500 * MB] as const;
const STEP_MINUTES = 30;
const TIMES = Array.from({ length: (24 * 60) / STEP_MINUTES }, (_, step) => step * STEP_MINUTES);
const MOST_WINDOWS = 6;
const NEW_WINDOW = { from: 20 * 60, until: 21 * 60 } as const;

interface LinePlanFormProps {
  readonly plan: LinePlan;
  /** Every change counts at once. */
  readonly onChange: (plan: LinePlan) => void;
}

/** `HH:MM` of minutes from midnight. */
function clockText(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Limits by hour and day, times of day, and whether the line is paid for by the byte. */
export function LinePlanForm({ plan, onChange }: LinePlanFormProps) {
  const { t } = useTranslation('sync');
  const fmt = useFmt();
  const limits = (choices: readonly number[], chosen: number) =>
    [...new Set([...choices, chosen])].sort((a, b) => a - b).map((bytes) => ({ id: String(bytes), label: bytes === 0 ? t('line.noLimit') : fmt.bytes(bytes) }));
  const times = (chosen: number) => [...new Set([...TIMES, chosen])].sort((a, b) => a - b).map((minutes) => ({ id: String(minutes), label: fmt.time(clockText(minutes)) }));
  const setWindow = (at: number, change: Partial<LinePlan['windows'][number]>) =>
    onChange({ ...plan, windows: plan.windows.map((window, index) => (index === at ? { ...window, ...change } : window)) });
  return (
    <>
      <FieldRow>
        <SelectField
          label={t('line.use')}
          value={plan.metered ? 'metered' : 'free'}
          choices={[
            { id: 'free', label: t('line.free') },
            { id: 'metered', label: t('line.metered') },
          ]}
          onChange={(id) => onChange({ ...plan, metered: id === 'metered' })}
        />
        <SelectField label={t('line.hourLimit')} value={String(plan.hourBytes)} choices={limits(HOUR_LIMITS, plan.hourBytes)} onChange={(bytes) => onChange({ ...plan, hourBytes: Number(bytes) })} />
        <SelectField label={t('line.dayLimit')} value={String(plan.dayBytes)} choices={limits(DAY_LIMITS, plan.dayBytes)} onChange={(bytes) => onChange({ ...plan, dayBytes: Number(bytes) })} />
      </FieldRow>
      {plan.windows.map(({ from, until }, at) => (
        <FieldRow key={`${at} ${from} ${until}`}>
          <SelectField label={t('line.from')} value={String(from)} choices={times(from)} onChange={(minutes) => setWindow(at, { from: Number(minutes) })} />
          <SelectField label={t('line.until')} value={String(until)} choices={times(until)} onChange={(minutes) => setWindow(at, { until: Number(minutes) })} />
          <Button onPress={() => onChange({ ...plan, windows: plan.windows.filter((_, index) => index !== at) })}>{t('line.removeTime')}</Button>
        </FieldRow>
      ))}
      {plan.windows.length === 0 ? <p>{t('line.anyTime')}</p> : null}
      <div>
        <Button isDisabled={plan.windows.length >= MOST_WINDOWS} onPress={() => onChange({ ...plan, windows: [...plan.windows, NEW_WINDOW] })}>
          {t('line.addTime')}
        </Button>
      </div>
    </>
  );
}
