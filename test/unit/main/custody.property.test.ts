import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChainHead } from '#shared/domain/custody/chain.ts';
import type { CustodyBody } from '#shared/schema/custody.ts';
import { checkCustody, entryHash, signEntry, type CustodyAct } from '../../../src-main/custody/custody.ts';
import { createIdentity, privateKeyOf, rawPublicKey, type Identity } from '../../../src-main/keys/identity.ts';

const EXHIBIT = '01900000-0000-7000-8000-000000000001';
const SHA = 'a'.repeat(64);
const now = () => Date.UTC(2026, 10, 22, 3);
const colleague = createIdentity('Officer Invented-Two');
const pinned = Buffer.from(rawPublicKey(privateKeyOf(colleague.signKey))).toString('base64');
const officer: Identity = { ...createIdentity('Officer Invented-One'), devicePins: { [colleague.deviceId]: { sign: pinned, box: '' } } };
const stranger = createIdentity('Officer Invented-Three');

const act = (name: string, reason = ''): CustodyAct => ({ exhibit: EXHIBIT, act: name, from: 'the shelf', to: 'the bench', reason, condition: 'sealed', lang: 'en', sha256: SHA });

interface Chain {
  readonly head: ChainHead;
  readonly entries: readonly CustodyBody[];
}
function chainOf(reasons: readonly string[], signer: (i: number) => Identity = (i) => (i % 3 === 2 ? colleague : officer)): Chain {
  const entries: CustodyBody[] = [];
  let head = '';
  reasons.forEach((reason, i) => {
    const signed = signEntry(signer(i), entries, act('examined', reason), now);
    entries.push(signed.entry);
    head = signed.head;
  });
  return { head: { exhibit: EXHIBIT, sha256: SHA, count: entries.length, head }, entries };
}
const faultsOf = ({ head, entries }: Chain) => checkCustody(officer, head, entries);
const kinds = (chain: Chain) => faultsOf(chain).map(({ kind }) => kind);

const chains = fc.array(fc.string({ maxLength: 40, unit: 'grapheme' }), { minLength: 2, maxLength: 8 }).map((reasons) => chainOf(reasons));
const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index % list.length];
  if (found === undefined) throw new Error('empty');
  return found;
};
const without = ({ head, entries }: Chain, entry: CustodyBody): Chain => ({ head, entries: entries.filter((other) => other !== entry) });
const replaced = ({ head, entries }: Chain, old: CustodyBody, fresh: CustodyBody): Chain => ({ head, entries: entries.map((entry) => (entry === old ? fresh : entry)) });

describe('a chain of custody', () => {
  it('is whole as it was signed, in whatever order its entries are read', () => {
    fc.assert(
      fc.property(chains, fc.infiniteStream(fc.nat()), (chain, order) => {
        const keys = new Map(chain.entries.map((entry) => [entry, Number(order.next().value)]));
        const shuffled = chain.entries.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        expect(faultsOf({ ...chain, entries: shuffled })).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  const fields = ['act', 'at', 'by', 'from', 'to', 'reason', 'condition', 'lang', 'device', 'key', 'prev', 'sha256', 'exhibit', 'seq'] as const;
  it('shows every altered field of every entry', () => {
    fc.assert(
      fc.property(chains, fc.nat(), fc.constantFrom(...fields), (chain, index, field) => {
        const entry = at(chain.entries, index);
        const changed = { act: 'moved', at: '2026-11-22T03:00:01.000Z', by: 'x', from: 'x', to: 'y', reason: `${entry.claim.reason}.`, condition: 'open', lang: 'lo', device: stranger.deviceId }[
          field as string
        ];
        const value = changed ?? { key: 'A'.repeat(43), prev: 'b'.repeat(64), sha256: 'b'.repeat(64), exhibit: stranger.deviceId, seq: entry.claim.seq + 1 }[field as string];
        expect(kinds(replaced(chain, entry, { ...entry, claim: { ...entry.claim, [field]: value } }))).toContain('signature');
      }),
      { numRuns: 80 },
    );
  });

  it('shows a flipped bit of a signature', () => {
    fc.assert(
      fc.property(chains, fc.nat(), fc.nat(511), (chain, index, bit) => {
        const entry = at(chain.entries, index);
        const bytes = Buffer.from(entry.signature, 'base64url');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(kinds(replaced(chain, entry, { ...entry, signature: bytes.toString('base64url') }))).toContain('signature');
      }),
      { numRuns: 40 },
    );
  });

  it('shows a deletion anywhere: in the middle as a gap, at the end as cut off', () => {
    fc.assert(
      fc.property(chains, fc.nat(), (chain, index) => {
        const entry = at(chain.entries, index);
        const isLast = entry.claim.seq === chain.entries.length;
        expect(kinds(without(chain, entry))).toContain(isLast ? 'cut-off' : 'gap');
      }),
      { numRuns: 40 },
    );
    const chain = chainOf(['a', 'b']);
    expect(kinds({ ...chain, entries: [] })).toEqual(['cut-off']);
  });

  it('shows a fork, and an entry in between that a known device signed later', () => {
    const chain = chainOf(['a', 'b', 'c']);
    const [first] = chain.entries;
    const fork = signEntry(colleague, first ? [first] : [], act('moved'), now).entry;
    expect(kinds({ ...chain, entries: [...chain.entries, fork] })).toContain('fork');
    // The forged second entry takes the place of the real one: the third no longer follows it.
    const real = chain.entries[1];
    if (!real) throw new Error('no second entry');
    expect(kinds(replaced(chain, real, fork))).toEqual(['broken-link']);
  });

  it('shows a history written anew from some point on, even by a device that is known', () => {
    const chain = chainOf(['a', 'b', 'c']);
    const anew = chain.entries.slice(0, 1);
    for (const reason of ['x', 'y']) anew.push(signEntry(colleague, anew, act('examined', reason), now).entry);
    expect(kinds({ ...chain, entries: anew })).toEqual(['cut-off']);
  });

  it('tells a stranger from a forger', () => {
    expect(kinds(chainOf(['a', 'b'], () => stranger))).toEqual(['unknown-key', 'unknown-key']);
    const forger: Identity = { ...stranger, deviceId: officer.deviceId };
    expect(kinds(chainOf(['a'], () => forger))).toEqual(['signature']);
    const asColleague: Identity = { ...stranger, deviceId: colleague.deviceId };
    expect(kinds(chainOf(['a'], () => asColleague))).toEqual(['signature']);
  });

  it('shows entries of another exhibit or other content', () => {
    const chain = chainOf(['a', 'b']);
    expect(kinds({ ...chain, head: { ...chain.head, sha256: 'c'.repeat(64) } })).toEqual(['other-exhibit', 'other-exhibit']);
    expect(kinds({ ...chain, head: { ...chain.head, exhibit: stranger.deviceId } })).toEqual(['other-exhibit', 'other-exhibit']);
  });

  it('takes a signed entry beyond the head for what it is: written, not yet counted', () => {
    const chain = chainOf(['a', 'b', 'c']);
    const second = chain.entries[1];
    if (!second) throw new Error('no second entry');
    expect(faultsOf({ ...chain, head: { ...chain.head, count: 2, head: entryHash(second) } })).toEqual([]);
  });
});
