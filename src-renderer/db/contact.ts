import type { Observable } from 'rxjs';
import type { SuarDatabase } from './open-database.ts';

/** The `local` document that remembers over restarts when the hub was last heard. */
const CONTACT_ID = 'setting:last-contact';
/** From so many minutes without the hub a device counts as offline; a shorter pause says nothing about what an officer could have known. */
const OFFLINE_FROM_MINUTES = 10;
/** The memory is at most so old, in milliseconds. */
const REMEMBER_MS = 120_000;

/** When this device last heard from the hub. */
export interface Contact {
  /** @param ms milliseconds since the epoch, of this device's clock. */
  readonly heard: (ms: number) => void;
  /** Whole minutes since then; undefined under {@link OFFLINE_FROM_MINUTES}, and where it never heard from one. */
  readonly offlineMinutes: () => number | undefined;
}

/** Nothing heard yet. */
export function createContact(clock: () => number): Contact {
  let last: number | undefined;
  return {
    heard: (ms) => (last = Math.max(last ?? 0, ms)),
    offlineMinutes: () => {
      const minutes = last === undefined ? 0 : Math.floor((clock() - last) / 60_000);
      return minutes >= OFFLINE_FROM_MINUTES ? minutes : undefined;
    },
  };
}

/** Reads what was remembered, then follows the successes of sync and remembers them. `stop` resolves when the last one is written. */
export function followContact({ collections: { local } }: SuarDatabase, contact: Contact, state$: Observable<{ readonly lastSuccess: number | null }>): { readonly stop: () => Promise<void> } {
  let remembered = 0;
  let latest = 0;
  let writing: Promise<unknown> = local
    .findOne(CONTACT_ID)
    .exec()
    .then((doc) => doc && contact.heard(Number(doc.body['at'])))
    .catch(() => undefined);
  const remember = (): void => {
    if (latest === remembered) return;
    remembered = latest;
    const doc = { id: CONTACT_ID, kind: 'setting', updatedAt: `${String(latest).padStart(13, '0')}-0000`, body: { at: latest } };
    writing = writing.then(() => local.incrementalUpsert(doc)).catch(() => undefined);
  };
  const following = state$.subscribe(({ lastSuccess }) => {
    if (lastSuccess === null) return;
    latest = lastSuccess;
    contact.heard(latest);
    if (latest - remembered >= REMEMBER_MS) remember();
  });
  return {
    stop: async () => {
      following.unsubscribe();
      remember();
      await writing;
    },
  };
}
