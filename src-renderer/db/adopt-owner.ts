import { getChangedDocumentsSince } from 'rxdb/plugins/core';
import { OWNER_SELF, type SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from './open-database.ts';
import { asNewVersion, homeAudience, type WriteDeps } from './record-factory.ts';

const PAGE = 200;

/**
 * Gives the records made before enrolment to `unit`: owner, audience `u:<unit>` and a new version each, so that they are pushed.
 * Runs in pages, may be interrupted and run again. Resolves with the number adopted.
 */
export async function adoptOwner(db: SuarDatabase, unit: string, deps: Pick<WriteDeps, 'hlc' | 'random' | 'author'>): Promise<number> {
  const collection = db.collections.record;
  let adopted = 0;
  let checkpoint: unknown;
  for (;;) {
    const page = await getChangedDocumentsSince<SuarRecord, unknown>(collection.storageInstance, PAGE, checkpoint);
    if (page.documents.length === 0) return adopted;
    checkpoint = page.checkpoint;
    const ids = page.documents.filter((doc) => doc.owner === OWNER_SELF && !doc._deleted).map((doc) => doc.id);
    if (ids.length === 0) continue;
    const docs = await collection.findByIds(ids).exec();
    const writes = [...docs.values()].map((doc) =>
      doc.incrementalModify((current) => {
        if (current.owner !== OWNER_SELF) return current;
        return { ...asNewVersion(current as SuarRecord, deps), owner: unit, audience: homeAudience(unit) } as typeof current;
      }),
    );
    adopted += (await Promise.all(writes)).length;
  }
}
