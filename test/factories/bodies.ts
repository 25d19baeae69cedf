import type { EntityName } from '#shared/entities.ts';
import { custodyBody, exhibitBody } from './exhibits.ts';
import { caseBody } from './records.ts';

const ID = '01900000-0000-7000-8000-000000000002';
const AT = '2026-11-22T03:00:00.000Z';
const OBSERVABLE = { kind: 'domain', value: 'Pay.example', key: 'pay.example', note: '' };

const BODIES: Readonly<Record<EntityName, () => object>> = {
  case: () => caseBody({ due: '2026-12-01', observables: [OBSERVABLE] as never }),
  intel: () => ({
    kind: 'indicator',
    title: 'A wallet (synthetic)',
    description: '',
    labels: ['fraud'],
    observables: [OBSERVABLE],
    source: { format: 'misp', objectId: '1', modified: AT, publisher: 'Invented CERT', fileName: 'event.json' },
    relations: [['indicates', '2']],
    part: 1,
    parts: 1,
  }),
  brief: () => ({
    title: 'Weekly brief',
    lang: 'en',
    caseId: '',
    statements: [
      { id: 'a', kind: 'transfer', slots: { date: '2026-11-03', amount: { value: '1200.50', currency: 'LAK' }, account: '010-1', country: 'LA' } },
      { id: 'b', kind: 'paragraph', slots: { text: 'Free text', lang: 'en' } },
    ],
    recipients: ['u:fj-ccu'],
  }),
  release: () => ({
    claim: { kind: 'release', record: ID, rev: 'a1', sha256: 'c'.repeat(64), audience: ['u:fj-ccu'], purpose: 'investigation', legalBasis: 'mutual', signedAt: AT, expires: AT, signer: ID },
    signature: 's'.repeat(86),
  }),
  contact: () => ({ fullName: 'Officer Invented-Two', romanised: '', unit: 'la-ccu', device: ID, role: '', phone: '', langs: ['lo', 'en'] }),
  receipt: () => ({ kind: 'read', rev: 'a1', at: AT, lang: 'lo' }),
  exhibit: () => exhibitBody({ seizedOn: '2026-11-01', checked: 'intact', checkedAt: AT }),
  custody: () => custodyBody(),
  transfer: () => ({ step: 'asked', at: AT, purpose: 'evidence-request', request: ID, content: ID }),
};

/** A synthetic body of `entity` that fits its schema. */
export function bodyOf(entity: EntityName): object {
  return BODIES[entity]();
}
