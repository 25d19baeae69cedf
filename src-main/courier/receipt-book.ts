import { err, ok, type Result } from '#shared/base/result.ts';
import type { BundleReceipt } from '#shared/contract/bundle.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest, PushResult } from '#shared/contract/ipc.ts';
import type { PulledRow } from '#shared/contract/sync.ts';
import { openRows, sealRows, type OpenedRows, type RowContext } from '../link/exchange.ts';

/** Opens rows in as many parts as their unfolded size asks for: the page is passed with them, so none may be left out. */
export async function openAll(rows: readonly PulledRow[], context: RowContext): Promise<Pick<OpenedRows, 'docs' | 'unreadable'>> {
  const opened = await openRows(rows, context);
  if (!opened.tooLarge) return opened;
  const half = Math.ceil(rows.length / 2);
  const [first, second] = [await openAll(rows.slice(0, half), context), await openAll(rows.slice(half), context)];
  return { docs: [...first.docs, ...second.docs], unreadable: [...first.unreadable, ...second.unreadable] };
}

/** A receipt by id and version. */
export interface ReceiptBook {
  readonly accepted: ReadonlySet<string>;
  readonly reasons: ReadonlyMap<string, string>;
  readonly conflicts: ReadonlyMap<string, PulledRow>;
}

const nameOf = (id: string, rev: string) => `${id} ${rev}`;

/** What was sealed under a key that has had its day is no refusal: it waits, and goes again sealed anew. */
export function bookOf({ accepted, rejected, conflicts }: BundleReceipt): ReceiptBook {
  return {
    accepted: new Set(accepted.map(([id, rev]) => nameOf(id, rev))),
    reasons: new Map(rejected.flatMap(({ id, rev, reason }) => (reason === 'key-stale' ? [] : [[nameOf(id, rev), reason]]))),
    conflicts: new Map(conflicts.map(({ rev, row }) => [nameOf(row.id, rev), row])),
  };
}

/** What a receipt says of rows. One it does not know could not be sealed, and is rejected here, or has not been on its way: `hub-unreachable`. */
export async function pushFrom({ accepted, reasons, conflicts }: ReceiptBook, { rows }: IpcRequest<'link.push'>, context: RowContext): Promise<Result<PushResult, AppError>> {
  const isKnown = (name: string) => accepted.has(name) || reasons.has(name) || conflicts.has(name);
  const unknown = rows.filter(({ doc }) => !isKnown(nameOf(doc.id, doc.rev)));
  const sealed = sealRows({ rows: unknown }, context);
  if (!sealed.ok) return sealed;
  if (sealed.value.rows.length > 0) return err({ code: 'hub-unreachable' });
  const met = rows.flatMap(({ doc }) => conflicts.get(nameOf(doc.id, doc.rev)) ?? []);
  const opened = await openAll(met, context);
  const rejected = rows.flatMap(({ doc }) => {
    const reason = reasons.get(nameOf(doc.id, doc.rev));
    return reason === undefined ? [] : [{ id: doc.id, reason }];
  });
  return ok({ conflicts: opened.docs, rejected: [...rejected, ...sealed.value.rejected, ...opened.unreadable.map((id) => ({ id, reason: 'unreadable' }))] });
}
