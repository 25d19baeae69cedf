import type { CustodyBody } from '../../schema/custody.ts';

/** How the signature of an entry stands: good by a key this device knows for that device, good by a key it does not know, or wrong. */
export type SignatureState = 'good' | 'unknown-key' | 'wrong';

/** What is wrong with a chain; `seq` names the entry, from 1. */
export type ChainFault =
  /** An entry between two others, or the first, is not there. */
  | { readonly kind: 'gap'; readonly seq: number }
  /** Two entries claim one place: two devices wrote at once, or one was forged. */
  | { readonly kind: 'fork'; readonly seq: number }
  /** The entry does not follow the one before it: one of them was altered or put elsewhere. */
  | { readonly kind: 'broken-link'; readonly seq: number }
  | { readonly kind: 'signature'; readonly seq: number }
  | { readonly kind: 'unknown-key'; readonly seq: number }
  /** The entry speaks of another exhibit or other content. */
  | { readonly kind: 'other-exhibit'; readonly seq: number }
  /** The end is missing: the exhibit's record counts more entries, or another last one. */
  | { readonly kind: 'cut-off'; readonly seq: number };

/** What the exhibit's record says of its chain. */
export interface ChainHead {
  readonly exhibit: string;
  readonly sha256: string;
  readonly count: number;
  /** Hash of entry number `count`, or empty. */
  readonly head: string;
}

/** How hashes and signatures are computed; given by the platform (contract/wire.ts has the bytes). */
export interface ChainTools {
  /** SHA-256 of an entry's signed bytes followed by its signature, hexadecimal. */
  readonly hashOf: (entry: CustodyBody) => string;
  readonly signatureOf: (entry: CustodyBody) => SignatureState;
}

/**
 * Checks the entries of one exhibit, in any order; an empty list means that nothing was altered, removed, added in between, reordered
 * or cut off since the record's head was written. An entry beyond the head is no fault: it was signed and the record not yet updated.
 */
export function checkChain(head: ChainHead, entries: readonly CustodyBody[], { hashOf, signatureOf }: ChainTools): readonly ChainFault[] {
  const faults: ChainFault[] = [];
  const ordered = [...entries].sort((a, b) => a.claim.seq - b.claim.seq);
  let before: CustodyBody | undefined;
  for (const entry of ordered) {
    const { seq, exhibit, sha256, prev } = entry.claim;
    const due = (before?.claim.seq ?? 0) + 1;
    if (seq > due) faults.push({ kind: 'gap', seq: due });
    else if (seq < due) faults.push({ kind: 'fork', seq });
    else if (prev !== (before ? hashOf(before) : '')) faults.push({ kind: 'broken-link', seq });
    if (exhibit !== head.exhibit || sha256 !== head.sha256) faults.push({ kind: 'other-exhibit', seq });
    const signature = signatureOf(entry);
    if (signature !== 'good') faults.push({ kind: signature === 'wrong' ? 'signature' : 'unknown-key', seq });
    before = entry;
  }
  const last = ordered.find(({ claim }) => claim.seq === head.count);
  if (head.count > 0 && (!last || hashOf(last) !== head.head)) faults.push({ kind: 'cut-off', seq: head.count });
  return faults;
}

/** Where the next entry goes: after the highest one there is. */
export function nextPlace(entries: readonly CustodyBody[], hashOf: ChainTools['hashOf']): { readonly seq: number; readonly prev: string } {
  let last: CustodyBody | undefined;
  for (const entry of entries) if (!last || entry.claim.seq > last.claim.seq) last = entry;
  return last ? { seq: last.claim.seq + 1, prev: hashOf(last) } : { seq: 1, prev: '' };
}
