import type { CustodyBody, CustodyClaim } from '#shared/schema/custody.ts';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';

const ID = '01900000-0000-7000-8000-000000000001';

/** A synthetic exhibit that fits its schema. */
export function exhibitBody(over: Partial<ExhibitBody> = {}): ExhibitBody {
  return {
    number: 'E-1',
    description: 'A telephone image (synthetic)',
    lang: 'en',
    fileName: 'phone.zip',
    sizeBytes: 12,
    sha256: 'a'.repeat(64),
    sha512: 'b'.repeat(128),
    mediaType: 'application/zip',
    vaultId: ID,
    receivedFrom: 'Officer Invented-One',
    condition: 'sealed bag',
    place: '',
    custodyCount: 0,
    custodyHead: '',
    ...over,
  };
}

/** A custody entry that fits its schema; its signature is none. */
export function custodyBody(over: Partial<CustodyClaim> = {}): CustodyBody {
  return {
    claim: {
      exhibit: ID,
      seq: 1,
      act: 'received',
      at: '2026-11-22T03:00:00.000Z',
      by: 'Officer Invented-One',
      device: ID,
      from: '',
      to: '',
      reason: '',
      condition: '',
      lang: 'en',
      sha256: 'a'.repeat(64),
      prev: '',
      key: 'A'.repeat(43),
      ...over,
    },
    signature: 'A'.repeat(86),
  };
}
