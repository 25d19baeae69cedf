import { BRIEF_STATUSES, type BriefStatus } from '#shared/schema/brief.ts';

/** A coded status of a record as the lifecycle state of a brief. */
export function briefStatusOf(record: { readonly status: string }): BriefStatus {
  return BRIEF_STATUSES.find((status) => status === record.status) ?? 'draft';
}
