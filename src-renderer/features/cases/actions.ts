import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { canonicalText } from '#shared/domain/record/merge.ts';
import { createObservable } from '#shared/domain/observable/normalise.ts';
import type { CaseBody, CaseStatus } from '#shared/schema/case.ts';
import type { Observable, ObservableKind } from '#shared/schema/observable.ts';
import type { RecordOf, Tlp } from '#shared/schema/record.ts';
import type { DataService } from '../../db/data-service.ts';

/** What the case form edits. */
export interface CaseDraft {
  readonly body: Omit<CaseBody, 'observables'>;
  readonly tlp: Tlp;
  readonly status: CaseStatus;
  /** Taskforce bucket the case is shared with, or empty for the own unit only. */
  readonly taskforce: string;
}

/** A new case with today's date (local calendar), in the officer's language. */
export function emptyCaseDraft(lang: string, today: string): CaseDraft {
  return { body: { title: '', number: '', offence: '', summary: '', lang, opened: today }, tlp: 'AMBER', status: 'new', taskforce: '' };
}

/** Buckets of a case: the own unit, and the taskforce it is shared with. Undefined lets the store choose the own unit. */
function audienceOf(taskforce: string, unit: string | undefined): string[] | undefined {
  return taskforce && unit ? [`u:${unit}`, taskforce] : undefined;
}

/** Opens a case; it is on disk when this resolves. Errors: `record-invalid`. */
export function createCase(data: DataService, draft: CaseDraft, unit: string | undefined): Promise<Result<RecordOf<CaseBody>, AppError>> {
  const audience = audienceOf(draft.taskforce, unit);
  return data.insert<CaseBody>('case', { body: { ...draft.body, observables: [] }, tlp: draft.tlp, status: draft.status, ...(audience ? { audience } : {}) });
}

/** The fields the officer changed, and nothing else: a change that arrived meanwhile stays. */
function changedFields<T extends object>(before: T, after: T): Partial<T> {
  return Object.fromEntries(Object.entries(after).filter(([field, value]) => canonicalText(value) !== canonicalText(before[field as keyof T]))) as Partial<T>;
}

/** Saves what the form changed since it was opened with `before`. Errors: `record-invalid`. */
export async function saveCase(data: DataService, id: string, before: CaseDraft, draft: CaseDraft, unit: string | undefined): Promise<Result<RecordOf<CaseBody>, AppError>> {
  const latest = await data.get<CaseBody>('case', id);
  if (!latest) return err({ code: 'record-invalid', detail: { reason: 'gone' } });
  const isOwner = latest.owner === unit || unit === undefined;
  const audience = isOwner && before.taskforce !== draft.taskforce ? (audienceOf(draft.taskforce, unit) ?? (unit ? [`u:${unit}`] : undefined)) : undefined;
  return data.update<CaseBody>('case', id, {
    body: changedFields(before.body, draft.body),
    ...(before.tlp === draft.tlp ? {} : { tlp: draft.tlp }),
    ...(before.status === draft.status ? {} : { status: draft.status }),
    ...(audience ? { audience } : {}),
  });
}

/** Adds an observable. Errors: `record-invalid` for a value that is none or is in the case already (`detail.reason`). */
export async function addObservable(data: DataService, current: RecordOf<CaseBody>, kind: ObservableKind, value: string, note: string, country: string): Promise<Result<Observable, AppError>> {
  const observable = createObservable(kind, value, note, country || undefined);
  if (!observable) return err({ code: 'record-invalid', detail: { reason: 'invalid' } });
  if (current.body.observables.some((known) => known.kind === observable.kind && known.key === observable.key)) return err({ code: 'record-invalid', detail: { reason: 'known' } });
  const saved = await data.update<CaseBody>('case', current.id, { body: { observables: [...current.body.observables, observable] } });
  return saved.ok ? ok(observable) : saved;
}

/** Takes an observable out of the case. */
export function removeObservable(data: DataService, current: RecordOf<CaseBody>, observable: Observable): Promise<Result<RecordOf<CaseBody>, AppError>> {
  return data.update<CaseBody>('case', current.id, { body: { observables: current.body.observables.filter((known) => known.kind !== observable.kind || known.key !== observable.key) } });
}
