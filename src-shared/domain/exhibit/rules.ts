import type { ExhibitStatus } from '../../schema/exhibit.ts';

const STATUS_AFTER: Readonly<Record<string, ExhibitStatus>> = { received: 'held', sealed: 'held', 'handed-over': 'handed-over', returned: 'returned', destroyed: 'destroyed' };

/** State of an exhibit after a custody act; acts that move nothing leave it as it is. */
export function statusAfter(act: string, current: ExhibitStatus): ExhibitStatus {
  return STATUS_AFTER[act] ?? current;
}

/** The number after the highest one used in a case: `E-7` gives `E-8`; `E-1` where no number ends in digits. */
export function nextExhibitNumber(used: readonly string[]): string {
  let best: { readonly prefix: string; readonly value: number } = { prefix: 'E-', value: 0 };
  for (const number of used) {
    const [, prefix, digits] = /^(.*?)(\d{1,9})$/.exec(number.trim()) ?? [];
    if (prefix !== undefined && Number(digits) > best.value) best = { prefix, value: Number(digits) };
  }
  return `${best.prefix}${best.value + 1}`;
}
