import { packRows, unpackRows } from '#shared/contract/journal.ts';
import type { JournalFlaw } from '../factories/journaled-store.ts';

const NEVER = Number.MAX_SAFE_INTEGER;

/** Bugs planted in the journal: with each of them random runs must report something broken. */
export const STORE_FLAWS: Readonly<Record<string, JournalFlaw>> = {
  'acknowledges a write it never made': (own) => {
    let n = 0;
    let last = 0;
    return { append: async (write) => (++n % 3 === 0 ? last : (last = await own.append(write))) };
  },
  'forgets what the store refused': () => ({ void: async () => undefined }),
  'takes every write for made': (own) => ({ append: (write) => own.append({ ...write, applied: NEVER }) }),
  'keeps writes in doubt to itself': (own) => ({ state: async () => ({ ...(await own.state(null)), inDoubt: [] }) }),
  'believes the store whatever it is': (own) => ({
    state: async () => {
      const state = await own.state(null);
      return state.health === 'ok' ? { ...state, health: 'new' } : state;
    },
  }),
  'leaves a row out of a new journal': (own) => ({ restockRows: ({ collection, packed }) => own.restockRows({ collection, packed: packRows((unpackRows(packed) ?? []).slice(1)) }) }),
  'leaves a row out of what it tells': (own) => ({
    versions: async (page) => {
      const { versions, next } = await own.versions(page);
      return { versions: versions.slice(1), next };
    },
  }),
  'drops content that no hub has': (own) => ({
    append: async (write) => {
      const n = await own.append(write);
      await own.settle({ collection: write.collection, versions: (unpackRows(write.packed) ?? []).map(({ id, rev }) => ({ id, rev })) });
      return n;
    },
  }),
  'forgets which store is the valid one': (own) => ({ restockEnd: (end) => own.restockEnd({ ...end, generation: 0 }) }),
  'forgets that the store was found altered': () => ({ remake: async () => undefined }),
  'takes any stamp for its own': (own) => ({ state: async () => ({ ...(await own.state(null)), sequence: NEVER }) }),
  'takes every transaction for flushed': (own) => {
    let last = 0;
    return { append: async (write) => (last = await own.append({ ...write, applied: last })) };
  },
  'expects what it finds': (own) => ({
    expected: async () => {
      const { record, local } = await own.expected(null);
      return { record: { ...record, sums: [0, 0, 0, 0] }, local };
    },
  }),
};
