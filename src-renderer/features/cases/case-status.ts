import { CASE_STATUSES, type CaseStatus } from '#shared/schema/case.ts';

/** A coded status of a record as the lifecycle state of a case. */
export function caseStatusOf(record: { readonly status: string }): CaseStatus {
  return CASE_STATUSES.find((status) => status === record.status) ?? 'new';
}
