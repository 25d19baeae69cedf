import type { CaseBody } from '#shared/schema/case.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { createSeededNumbers } from '../factories/seeded.ts';

/** Words of a case summary; three scripts, because their bytes differ on disk and on the wire. */
const WORDS = 'account transfer victim wallet platform investigation ບັນຊີ ໂອນເງິນ ຜູ້ເສຍຫາຍ บัญชี โอนเงิน ผู้เสียหาย'.split(' ');

/** The n-th case of a measurement: valid for hub and store, about 1 KB of JSON, different id, clock reading and text for each `n`. */
export function benchRecord(n: number, over: { readonly owner?: string; readonly author?: string } = {}): SuarRecord {
  const random = createSeededNumbers(7_919 * n + 13);
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const words = (count: number) => Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
  const owner = over.owner ?? 'la-ccu';
  const account = `${hex(4)}-${hex(6)}`;
  const body: CaseBody = {
    title: `${words(4)} ${hex(6)}`,
    number: `LA-2026-${String(n).padStart(6, '0')}`,
    offence: 'online-fraud',
    summary: words(18),
    lang: 'lo',
    opened: '2026-11-03',
    observables: [
      { kind: 'domain', value: `${hex(10)}.example`, key: `${hex(10)}.example` },
      { kind: 'bank-account', value: account, key: account },
    ],
  };
  return {
    id: `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`,
    entity: 'case',
    owner,
    audience: [`u:${owner}`],
    tlp: 'AMBER',
    status: n % 3 === 0 ? 'active' : 'new',
    rev: hex(24),
    updatedAt: `${String(1_795_300_000_000 + n)}-0000`,
    author: over.author ?? '00000000-0000-7000-8000-000000000001',
    schemaVersion: 1,
    ref: '',
    conflicts: [],
    body: body as unknown as SuarRecord['body'],
  };
}
