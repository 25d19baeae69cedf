import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { statusAfter } from '#shared/domain/exhibit/rules.ts';
import type { CustodyBody, CustodyClaim } from '#shared/schema/custody.ts';
import { EXHIBIT_STATUSES, type ExhibitBody, type ExhibitStatus } from '#shared/schema/exhibit.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import type { DataService } from '../../db/data-service.ts';

/** What an entry says; who, when and the place in the chain are added in main. */
export type ActText = Pick<CustodyClaim, 'act' | 'from' | 'to' | 'reason' | 'condition' | 'lang'>;

/** Most entries of one exhibit that are read. */
const ENTRIES_MAX = 1000;

/** A coded status of a record as the state of an exhibit. */
export function exhibitStatusOf(record: { readonly status: string }): ExhibitStatus {
  return EXHIBIT_STATUSES.find((status) => status === record.status) ?? 'held';
}

/** The entries of an exhibit now, first to last. */
export function entriesOf(data: DataService, exhibit: string): Promise<readonly CustodyBody[]> {
  return new Promise((resolve) => {
    const stop = data.watch<CustodyBody>({ entity: 'custody', ref: exhibit, limit: ENTRIES_MAX }, (rows) => {
      resolve(rows.map(({ body }) => body).sort((a, b) => a.claim.seq - b.claim.seq));
      queueMicrotask(() => stop());
    });
  });
}

/** One entry after another: two acts at once must not claim the same place in the chain. */
let queue: Promise<unknown> = Promise.resolve();

/** Adds a signed entry to the chain of an exhibit and then counts it in its record; both are on disk when this resolves. */
export function addEntry(data: DataService, exhibit: string, act: ActText, change: Partial<ExhibitBody> = {}): Promise<Result<CustodyBody, AppError>> {
  const added = queue.then(() => appendEntry(data, exhibit, act, change));
  queue = added.catch(() => undefined);
  return added;
}

async function appendEntry(data: DataService, exhibit: string, act: ActText, change: Partial<ExhibitBody>): Promise<Result<CustodyBody, AppError>> {
  const current = await data.get<ExhibitBody>('exhibit', exhibit);
  if (!current) return err({ code: 'record-invalid', detail: { reason: 'gone' } });
  const entries = await entriesOf(data, exhibit);
  const signed = await window.suar.invoke('custody.sign', { entries: [...entries], act: { ...act, exhibit, sha256: current.body.sha256 } });
  if (!signed.ok) return signed;
  const { entry, head } = signed.value;
  const audience = await entryAudience(current);
  const written = await data.insert<CustodyBody>('custody', { body: entry, status: 'signed', tlp: current.tlp, audience, ref: exhibit });
  if (!written.ok) return written;
  const counted = await data.update<ExhibitBody>('exhibit', exhibit, {
    body: { ...change, custodyCount: entry.claim.seq, custodyHead: head },
    status: statusAfter(act.act, exhibitStatusOf(current)),
  });
  return counted.ok ? ok(entry) : counted;
}

/** Who may read an entry: the readers of the exhibit. Of another unit's exhibit the taskforces and the own unit: the mandates reach its owner through them, and no release of ours names it. */
async function entryAudience({ owner, audience }: RecordOf<ExhibitBody>): Promise<readonly string[]> {
  const { enrolment } = await window.suar.invoke('link.status', {});
  return enrolment === null || enrolment.unit === owner ? audience : [`u:${enrolment.unit}`, ...audience.filter((bucket) => !bucket.startsWith('u:'))];
}

/** The chain of an exhibit as its record and its entries stand. */
export function checkEntries({ id, body }: RecordOf<ExhibitBody>, entries: readonly CustodyBody[]) {
  return window.suar.invoke('custody.check', { head: { exhibit: id, sha256: body.sha256, count: body.custodyCount, head: body.custodyHead }, entries: [...entries] });
}
