import type { RecordOf } from '../../schema/record.ts';
import type { TransferBody } from '../../schema/transfer.ts';

type TransferRecord = RecordOf<TransferBody>;

/** A request for the content of an exhibit, as its steps tell it. */
export interface ContentRequest {
  readonly asked: TransferRecord;
  /** Received and withdrawn end a request whatever was answered. */
  readonly state: 'open' | 'agreed' | 'refused' | 'withdrawn' | 'received';
  /** Names the sealed content at the hub once it was agreed. */
  readonly content: string | undefined;
}

/**
 * Puts steps together into requests, newest first; only steps of a unit that may take them count: the unit that asked for its own
 * request, the owner of the exhibit for the answer. `ownerOf` gives the owner of an exhibit, undefined where it is not known here.
 */
export function contentRequests(rows: readonly TransferRecord[], ownerOf: (exhibit: string) => string | undefined): readonly ContentRequest[] {
  const asked = rows.filter(({ body }) => body.step === 'asked');
  return asked
    .map((request) => {
      const own = rows.filter(({ body, owner, ref }) => body.request === request.id && owner === request.owner && ref === request.ref);
      const answers = rows.filter(({ ref, owner }) => ref === request.id && owner === ownerOf(request.ref)).toSorted((a, b) => a.body.at.localeCompare(b.body.at));
      const agreed = answers.find(({ body }) => body.step === 'agreed');
      const has = (step: TransferBody['step'], steps: readonly TransferRecord[]) => steps.some(({ body }) => body.step === step);
      const state = has('received', own) ? 'received' : has('withdrawn', own) ? 'withdrawn' : has('refused', answers) ? 'refused' : agreed ? 'agreed' : 'open';
      return { asked: request, state, content: agreed?.body.content } as const;
    })
    .toSorted((a, b) => b.asked.body.at.localeCompare(a.asked.body.at));
}
