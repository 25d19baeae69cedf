import type { Officer } from './officer.ts';

/** One statement to be entered: its kind and the values of its slots, by slot name. */
export interface StatementEntry {
  readonly kind: string;
  readonly slots: Readonly<Record<string, string>>;
}

/** All twelve kinds, synthetic. */
export const STATEMENTS: readonly StatementEntry[] = [
  { kind: 'transfer', slots: { date: '2026-11-05', amount: '1250000.50 LAK', account: '012-3-45678-9', country: 'PH' } },
  { kind: 'arrest', slots: { agency: 'cybercrime-unit', country: 'LA', count: '3', offence: 'online-fraud', date: '2026-11-06' } },
  { kind: 'seizure', slots: { date: '2026-11-06', count: '5', item: 'phone', country: 'LA' } },
  { kind: 'preservation', slots: { from: 'LA', to: 'PH', identifier: 'mule-wallet.example', until: '2026-12-31' } },
  { kind: 'deadline', slots: { agency: 'cybercrime-unit', country: 'LA', hours: '48' } },
  { kind: 'victim-loss', slots: { count: '12', amount: '98000.00 USD', offence: 'investment-fraud', country: 'LA' } },
  { kind: 'infrastructure', slots: { identifier: '192.0.2.17', role: 'phishing-site', country: 'SG', seen: '2026-11-04' } },
  { kind: 'takedown', slots: { identifier: 'parcel-fee.example', outcome: 'suspended', date: '2026-11-07' } },
  { kind: 'warning', slots: { offence: 'phishing', country: 'PH', identifier: 'parcel-fee.example' } },
  { kind: 'rfi', slots: { from: 'LA', to: 'PH', identifier: '+63 2 8000 0001', until: '2026-11-30' } },
  { kind: 'meeting', slots: { date: '2026-11-28', time: '14:30', country: 'PH', mode: 'video-call' } },
  { kind: 'paragraph', slots: { text: 'ຜູ້ກ່ຽວບໍ່ໄດ້ຢູ່ໃນລາວ (synthetic).' } },
];

/** Months are chosen by number, so the helper does not depend on the language. */
async function setDay(officer: Officer, label: string, iso: string, scope: string): Promise<void> {
  const [year, month, day] = iso.split('-').map(Number);
  for (const [part, value] of [
    ['year', year],
    ['month', month],
    ['day', day],
  ] as const) {
    await officer.choose(`${label}: ${officer.t(`app:date.${part}`)}`, String(value), scope);
  }
}

/** Enters a statement through the form, slot by slot. */
export async function enterStatement(officer: Officer, entry: StatementEntry): Promise<void> {
  const scope = 'form[data-kind]';
  const form = officer.page().locator(scope);
  await officer.choose(officer.t('briefs:kindLabel'), entry.kind, scope);
  for (const [slot, value] of Object.entries(entry.slots)) {
    const label = officer.t(`briefs:slot.${slot}`);
    if (['date', 'until', 'seen'].includes(slot)) await setDay(officer, label, value, scope);
    else if (slot === 'amount') {
      const [amount = '', currency = ''] = value.split(' ');
      await form.locator('input[name=amount]').fill(amount);
      await officer.choose(officer.t('briefs:slot.currency'), currency, scope);
    } else if (slot === 'text') await form.locator('textarea').fill(value);
    else if (['account', 'identifier', 'count', 'hours', 'time'].includes(slot)) await form.getByLabel(label, { exact: true }).fill(value);
    else await officer.choose(label, value, scope);
  }
  await form.locator('button[type=submit]').click();
}
