import type { CaseBody } from '#shared/schema/case.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { createSeededNumbers } from './seeded.ts';

/** A valid body of a case. */
export function caseBody(over: Partial<CaseBody> = {}): CaseBody {
  return { title: 'Online investment fraud', number: 'LA-2026-0042', offence: 'fraud', summary: '', lang: 'lo', opened: '2026-11-03', observables: [], ...over };
}

const ENTITIES = ['case', 'intel', 'brief'] as const;
const STATUSES = ['active', 'closed', 'new'] as const;

/** A well-formed envelope; `n` makes ids and values differ, equal `n` and `seed` give equal records. */
export function recordEnvelope(n: number, seed = 1): SuarRecord {
  const random = createSeededNumbers(seed * 100_003 + n);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  return {
    id: `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`,
    entity: pick(ENTITIES),
    owner: pick(['la-ccu', 'fj-ccu']),
    audience: ['u:la-ccu'],
    tlp: pick(['GREEN', 'AMBER', 'RED']) as SuarRecord['tlp'],
    status: pick(STATUSES),
    rev: hex(24),
    updatedAt: `17953${String(Math.floor(random() * 40)).padStart(8, '0')}-0000`,
    author: '00000000-0000-7000-8000-000000000001',
    schemaVersion: 1,
    ref: pick(['', `ref-${Math.floor(random() * 4)}`]),
    conflicts: [],
    body: { title: `CANARY-${pick(['alpha', 'beta', 'gamma'])}-${hex(6)}`, weight: Math.floor(random() * 10), note: 'CANARYNOTE ພາສາລາວ' },
  };
}
