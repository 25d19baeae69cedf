/** What every bench and lab shares: its options, the median, and one way to print figures. */
import { parseArgs } from 'node:util';

/** A bound a figure is held to; `of` says whether its ratio to the baseline or the value itself is compared. Times are only ever held to a ratio. */
export interface Target {
  readonly of: 'ratio' | 'value';
  readonly is: '>=' | '<=' | '=';
  readonly bound: number;
}

/** One measured figure, as `--json` prints it. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** The same quantity measured on the baseline in the same run, or null. */
  readonly baseline: number | null;
  /** value / baseline, or null without a baseline. */
  readonly ratio: number | null;
  /** E.g. `ratio >= 0.45`; null where the figure is only reported. */
  readonly target: string | null;
  readonly ok: boolean;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Judges a figure; without a target it is always ok. A ratio that is not a number never is. */
export function toFigure(figure: string, value: number, unit: string, options: { readonly baseline?: number; readonly target?: Target } = {}): Figure {
  const { baseline, target } = options;
  const ratio = baseline === undefined ? null : value / baseline;
  const judged = target?.of === 'ratio' ? (ratio ?? Number.NaN) : value;
  const ok = target === undefined || (target.is === '>=' ? judged >= target.bound : target.is === '<=' ? judged <= target.bound : judged === target.bound);
  return {
    figure,
    value: rounded(value),
    unit,
    baseline: baseline === undefined ? null : rounded(baseline),
    ratio: ratio === null ? null : rounded(ratio),
    target: target ? `${target.of} ${target.is} ${target.bound}` : null,
    ok,
  };
}

/** The middle value; the mean of the two middle ones where the count is even. Throws on none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error('no values');
  return (low + high) / 2;
}

/** `--json` and the whole numbers a command takes, with their defaults. Throws on anything else. */
export function readOptions<K extends string>(defaults: Readonly<Record<K, number>>): Readonly<Record<K, number>> & { readonly json: boolean } {
  const names = Object.keys(defaults) as K[];
  const { values }: { values: Readonly<Record<string, unknown>> } = parseArgs({
    options: { json: { type: 'boolean', default: false }, ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])) },
  });
  const numbers = Object.fromEntries(
    names.map((name) => {
      const text = values[name];
      const number = text === undefined ? defaults[name] : Number(text);
      if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number above 0`);
      return [name, number];
    }),
  ) as Record<K, number>;
  return { ...numbers, json: values['json'] === true };
}

/** Prints figures, one JSON object a line or a table, and sets exit code 1 where one is not ok. */
export function report(figures: readonly Figure[], json: boolean): void {
  if (json) for (const figure of figures) console.log(JSON.stringify(figure));
  else for (const line of toTable(figures)) console.log(line);
  if (figures.some((figure) => !figure.ok)) process.exitCode = 1;
}

function toTable(figures: readonly Figure[]): string[] {
  const rows = figures.map(({ figure, value, unit, baseline, ratio, target, ok }) => [
    figure,
    `${value} ${unit}`,
    baseline === null ? '' : String(baseline),
    ratio === null ? '' : String(ratio),
    target ?? '',
    ok ? 'ok' : 'NOT OK',
  ]);
  const all = [['figure', 'value', 'baseline', 'ratio', 'target', ''], ...rows];
  const widths = (all[0] ?? []).map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Tells how far a long run is, on standard error: standard output holds figures only. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
