import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest, PullResult, PushResult } from '#shared/contract/ipc.ts';
import type { PulledRow } from '#shared/contract/sync.ts';
import { entityDefinition, URGENT_LANES } from '#shared/entities.ts';
import { hubCursor, keyGeneration, openRows, pullUrgent, pushRecords, type ExchangeContext } from './exchange.ts';
import type { HubClient } from './hub-client.ts';

/** What of sync goes on while the officer's plan keeps the line for what is urgent. */
export interface HeldLine {
  /** Urgent news may be there: the next pull asks for it. */
  readonly woken: () => void;
  /** What the urgent lanes have; moves no cursor, so all of it comes again in its place. */
  readonly pull: (request: IpcRequest<'link.pull'>) => Promise<Result<PullResult, AppError>>;
  /** Sends the urgent rows, each version once; answers `line-held` where others stay, which are tried again as a whole. */
  readonly push: (request: IpcRequest<'link.push'>) => Promise<Result<PushResult, AppError>>;
}

type WhileOnline = <T>(run: (client: HubClient) => Promise<Result<T, AppError>>) => Promise<Result<T, AppError>>;

/** Creates the held side of a link. */
export function createHeldLine(whileOnline: WhileOnline, exchange: (client: HubClient) => ExchangeContext): HeldLine {
  let isDue = true;
  const sent = new Set<string>();
  const isUrgent = (entity: string): boolean => URGENT_LANES.has(entityDefinition(entity)?.lane ?? 'case');
  return {
    woken: () => {
      isDue = true;
    },
    pull: async ({ cursor }) => {
      const nothing: Result<PullResult, AppError> = ok({ docs: [], cursor, done: true });
      if (!isDue) return nothing;
      return whileOnline(async (client): Promise<Result<PullResult, AppError>> => {
        const context = exchange(client);
        const { hub } = hubCursor(cursor, keyGeneration(context.identity()));
        isDue = false;
        // before the first pull nobody knows which epoch urgent rows are of
        if (hub === '') return nothing;
        const page = await pullUrgent(client, hub);
        if (!page.ok) return page.error.code === 'hub-outdated' ? nothing : page;
        const { docs } = await openRows(page.value.rows as readonly PulledRow[], context);
        return ok({ docs, cursor, done: true });
      });
    },
    push: async (request) => {
      const urgent = request.rows.filter(({ doc }) => isUrgent(doc.entity));
      if (urgent.length === request.rows.length) return whileOnline((client) => pushRecords(request, exchange(client)));
      const fresh = urgent.filter(({ doc }) => !sent.has(`${doc.id} ${doc.rev}`));
      if (fresh.length > 0) {
        const answer = await whileOnline((client) => pushRecords({ ...request, rows: fresh }, exchange(client)));
        if (!answer.ok) return answer;
        // what became of them is told when they come again in their turn
        for (const { doc } of fresh) sent.add(`${doc.id} ${doc.rev}`);
      }
      return err({ code: 'line-held' });
    },
  };
}
