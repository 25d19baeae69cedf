import type { RxConflictHandler } from 'rxdb/plugins/core';
import { entityDefinition } from '#shared/entities.ts';
import { canonicalText, contentOf, mergeRecords } from '#shared/domain/record/merge.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { asNewVersion, type WriteDeps } from '../db/record-factory.ts';
import type { SyncLedger } from './ledger.ts';
import { isSameVersion, toDeleted, type LinkRecord } from './link.ts';
import type { SetAside } from './set-aside.ts';

/** What resolving needs; `setAside` is read late, because the handler is given to the database before it is open. */
export interface ConflictDeps extends Pick<WriteDeps, 'hlc' | 'random' | 'author'>, Partial<Pick<WriteDeps, 'owner'>> {
  readonly setAside: () => SetAside;
  readonly ledger: SyncLedger;
}

/**
 * Resolves what RxDB finds in conflict when a push meets a newer version at the hub:
 * a deletion wins and the edit it met is set aside; a rejected edit gives way to the hub's version (it is set aside before);
 * else a three-way merge by the entity's rules becomes a new version of this device, and both sides stay in the history.
 */
export function createConflictHandler({ hlc, random, author, owner, setAside, ledger }: ConflictDeps): RxConflictHandler<SuarRecord> {
  return {
    isEqual: (a, b) => isSameVersion(a, b),
    resolve: async ({ newDocumentState, assumedMasterState, realMasterState }) => {
      const mine = newDocumentState as LinkRecord;
      const theirs = realMasterState as LinkRecord;
      const assumed = assumedMasterState as LinkRecord | undefined;
      const ahead = ledger.sentAhead.get(mine.id);
      const base = ahead && (!assumed || assumed.updatedAt < ahead.updatedAt) ? ahead : assumed;
      ledger.sentAhead.delete(mine.id);
      hlc.observe(theirs.updatedAt);
      if (ledger.rejected.delete(mine.rev)) return theirs;
      if (theirs._deleted) {
        if (!mine._deleted) await setAside().keep({ reason: 'gone', neverAccepted: false, record: plain(mine) });
        return theirs;
      }
      if (mine._deleted) {
        if (theirs.rev !== base?.rev) await setAside().keep({ reason: 'deleted-here', neverAccepted: false, record: plain(theirs) });
        return toDeleted(asNewVersion(plain(theirs), { hlc, random, author }));
      }
      if (mine.rev === theirs.rev) return theirs;
      const isUnsure = assumed !== undefined && ledger.unsureBase.get(mine.id) === assumed.rev;
      const hasBase = base && !base._deleted && !ledger.neverAccepted.has(mine.id) && !isUnsure;
      const known = hasBase ? plain(base) : undefined;
      // our own earlier version whose acknowledgement was lost: mine grew from it, so nothing in it is a conflict. That this device wrote both and in this
      // order does not say so: a laptop that was restored from a backup goes on from before what it had sent since.
      const isOwn = theirs.author === author && mine.author === author && theirs.updatedAt < mine.updatedAt;
      const isOwnAncestor = isOwn && (await setAside().isGrownFrom(mine.id, theirs.rev, mine.rev));
      const grewFrom = isOwnAncestor ? { ...plain(theirs), audience: known?.audience ?? mine.audience } : known;
      const merged = mergeRecords(grewFrom, plain(mine), plain(theirs), entityDefinition(mine.entity)?.mergeRules ?? {}, { ownsAudience: theirs.owner === owner?.() });
      if (canonicalText(contentOf(merged)) === canonicalText(contentOf(plain(theirs)))) return theirs;
      const next = asNewVersion(merged, { hlc, random, author });
      await setAside().keepMet({ record: plain(theirs), replacedBy: next.rev, grewFrom: known?.rev ?? '' });
      return { ...next, _deleted: false };
    },
  };
}

function plain({ _deleted: _d, ...record }: LinkRecord): SuarRecord {
  return record;
}
