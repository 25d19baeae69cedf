import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IntakeItem } from '#shared/intake/intake-file.ts';
import type { IntelBody } from '#shared/schema/intel.ts';
import { BULK_ROWS, type BulkProgress, type Repository } from './repository.ts';

/** What the store knows of an object of a file: nothing, the same or a newer version, or an older one. */
export type IntakeState = 'new' | 'known' | 'changed';

/** Identity and version of an object in its source. */
export interface IntakeVersion {
  readonly sourceKey: string;
  /** ISO 8601, or empty where the source has none. */
  readonly modified: string;
}

/** Status of an imported record. */
const INTAKE_STATUS = 'active';

/** Imports of one store. */
export interface Intake {
  readonly compare: (items: readonly IntakeVersion[]) => Promise<IntakeState[]>;
  /** Stores what is new or changed. Resolves with the number saved; an abort is `import-cancelled` with `detail.count` saved. */
  readonly save: (items: readonly IntakeItem[], onProgress: (progress: BulkProgress) => void, signal: AbortSignal) => Promise<Result<number, AppError>>;
}

/** What {@link createIntake} needs. */
export interface IntakeDeps {
  readonly repository: Repository<IntelBody>;
  /** Ids the objects have, or fresh ones. */
  readonly idsOf: (sourceKeys: readonly string[]) => Promise<readonly string[]>;
  /** The source version of the records among `ids` the store has. */
  readonly findModified: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/** One item for each object of the source: where a file holds several versions of one, the newest. */
function newestOfEach(items: readonly IntakeItem[]): readonly IntakeItem[] {
  const newest = new Map<string, IntakeItem>();
  for (const item of items) {
    const held = newest.get(item.sourceKey);
    if (!held || item.body.source.modified > held.body.source.modified) newest.set(item.sourceKey, item);
  }
  return [...newest.values()];
}

/** Creates the imports over the repository of `intel`. */
export function createIntake({ repository, idsOf, findModified }: IntakeDeps): Intake {
  async function locate(items: readonly IntakeVersion[]): Promise<{ readonly id: string; readonly state: IntakeState }[]> {
    const ids = await idsOf(items.map(({ sourceKey }) => sourceKey));
    const modifiedById = await findModified(ids);
    return items.map(({ modified }, i) => {
      const id = ids[i] ?? '';
      const stored = modifiedById.get(id);
      return { id, state: stored === undefined ? 'new' : modified > stored ? 'changed' : 'known' };
    });
  }

  return {
    compare: async (items) => {
      const states: IntakeState[] = [];
      for (let at = 0; at < items.length; at += BULK_ROWS) states.push(...(await locate(items.slice(at, at + BULK_ROWS))).map(({ state }) => state));
      return states;
    },
    save: async (all, onProgress, signal) => {
      const items = newestOfEach(all);
      let saved = 0;
      for (let at = 0; at < items.length; at += BULK_ROWS) {
        if (signal.aborted) return err({ code: 'import-cancelled', detail: { count: saved } });
        const batch = items.slice(at, at + BULK_ROWS);
        const places = await locate(batch.map(({ sourceKey, body }) => ({ sourceKey, modified: body.source.modified })));
        const fresh = batch.flatMap((item, i) => (places[i]?.state === 'new' ? [{ id: places[i].id, body: item.body, tlp: item.tlp, status: INTAKE_STATUS }] : []));
        saved += (await repository.bulkInsert(fresh)).inserted;
        for (const [i, item] of batch.entries()) {
          const place = places[i];
          if (place?.state === 'changed' && (await repository.update(place.id, () => ({ body: item.body, tlp: item.tlp }))).ok) saved++;
        }
        onProgress({ done: Math.min(at + BULK_ROWS, items.length), total: items.length });
      }
      return ok(saved);
    },
  };
}
