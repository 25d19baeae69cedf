import { useMemo } from 'react';
import type { AppError } from '#shared/contract/errors.ts';
import type { RecordVersion } from '#shared/domain/record/explain.ts';
import type { Decision } from '#shared/domain/record/settle.ts';
import { OWNER_SELF, type SuarRecord } from '#shared/schema/record.ts';
import { useNames, useServices } from './services.tsx';

/** What the conflicts and the history of a record need of the store (kit/field-view.ts). */
interface Trail {
  readonly self: string;
  readonly nameOf: (device: string) => string;
  readonly audienceOwner: string | undefined;
  readonly settle: (decisions: readonly Decision[]) => Promise<AppError | undefined>;
  readonly history: (most: number) => Promise<readonly RecordVersion[]>;
}

/** The {@link Trail} of one record. */
export function useTrail({ id, owner }: Pick<SuarRecord, 'id' | 'owner'>): Trail {
  const { data, deviceId, link } = useServices();
  const names = useNames();
  const isOwn = owner === OWNER_SELF || owner === link?.enrolment?.unit;
  const audienceOwner = isOwn ? undefined : names.unit(owner);
  return useMemo(
    () => ({
      self: deviceId,
      nameOf: names.device,
      audienceOwner,
      settle: async (decisions) => {
        const settled = await data.settleConflicts(id, decisions);
        return settled.ok ? undefined : settled.error;
      },
      history: (most) => data.history(id, most),
    }),
    [data, deviceId, names, audienceOwner, id],
  );
}
