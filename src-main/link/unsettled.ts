import { ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest } from '#shared/contract/ipc.ts';
import { packKnownQuestion, type Version } from '#shared/contract/known-versions.ts';
import { checkAnswer, KnownAnswerSchema } from './answers.ts';
import type { HubClient } from './hub-client.ts';

type Rows = IpcRequest<'link.push'>['rows'];

/** So few rows are pushed again sooner than they are asked about. */
const FEW_ROWS = 4;
/** More versions in doubt than this are forgotten, and everything is in doubt. */
const MOST_VERSIONS = 2000;

/** Which versions may be at the hub although nobody heard so: those on their way when a push failed, and any after a start. */
export interface Unsettled {
  /** The rows of a push without those the hub has already, which it is asked about where there is a doubt. */
  readonly withoutKnown: (client: Pick<HubClient, 'request'>, request: IpcRequest<'link.push'>) => Promise<Result<Rows, AppError>>;
  /** These versions leave for the hub. */
  readonly sending: (versions: readonly Version[]) => void;
  /** What became of these rows was heard. */
  readonly heard: (rows: Rows) => void;
}

/** Begins with a doubt about everything: what was pushed before a kill or a lock is not remembered. */
export function createUnsettled(): Unsettled {
  const versions = new Set<string>();
  let isAnyInDoubt = true;
  const nameOf = ({ id, rev }: Version): string => `${id} ${rev}`;
  return {
    withoutKnown: async (client, { rows, epoch }) => {
      const doubtful = isAnyInDoubt ? rows : rows.filter(({ doc }) => versions.has(nameOf(doc)));
      if (doubtful.length <= FEW_ROWS) return ok(rows);
      const question = packKnownQuestion(
        doubtful.map(({ doc }) => doc),
        epoch,
      );
      const answer = checkAnswer(KnownAnswerSchema, await client.request('POST', '/v1/push/known', question));
      if (!answer.ok) return answer;
      const others = new Set(answer.value.others);
      const known = new Set(doubtful.filter((_row, at) => !others.has(at)));
      if (known.size === 0) isAnyInDoubt = false;
      return ok(rows.filter((row) => !known.has(row)));
    },
    sending: (sent) => {
      for (const version of sent) versions.add(nameOf(version));
      if (versions.size <= MOST_VERSIONS) return;
      versions.clear();
      isAnyInDoubt = true;
    },
    heard: (rows) => {
      for (const { doc } of rows) versions.delete(nameOf(doc));
    },
  };
}
