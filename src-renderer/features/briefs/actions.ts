import { Value } from 'typebox/value';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { BriefBody, BriefStatus } from '#shared/schema/brief.ts';
import type { ReceiptBody } from '#shared/schema/receipt.ts';
import type { RecordOf, Tlp } from '#shared/schema/record.ts';
import { STATEMENT_SCHEMAS, type Statement, type StatementKind } from '#shared/schema/statement.ts';
import type { DataService } from '../../db/data-service.ts';

type Saved = Promise<Result<RecordOf<BriefBody>, AppError>>;

/** Applies `change` to the newest version of the brief's body. */
async function edit(data: DataService, id: string, change: (body: BriefBody) => Partial<BriefBody>): Saved {
  const latest = await data.get<BriefBody>('brief', id);
  return latest ? data.update<BriefBody>('brief', id, { body: change(latest.body) }) : err({ code: 'record-invalid', detail: { reason: 'gone' } });
}

/** Starts a brief in the officer's language; it is on disk when this resolves. */
export function createBrief(data: DataService, title: string, lang: string, tlp: Tlp): Saved {
  return data.insert<BriefBody>('brief', { body: { title: title.trim(), lang, caseId: '', statements: [], recipients: [] }, status: 'draft', tlp });
}

/** A statement whose slots fit its kind, or `record-invalid`. */
export function toStatement(kind: StatementKind, id: string, slots: Readonly<Record<string, unknown>>): Result<Statement, AppError> {
  const statement: unknown = { id, kind, slots };
  return Value.Check(STATEMENT_SCHEMAS[kind], statement) ? ok(statement as Statement) : err({ code: 'record-invalid', detail: { reason: kind } });
}

/** Adds a statement at the end. */
export function addStatement(data: DataService, id: string, statement: Statement): Saved {
  return edit(data, id, (body) => ({ statements: [...body.statements, statement] }));
}

/** Takes a statement out. */
export function removeStatement(data: DataService, id: string, statementId: string): Saved {
  return edit(data, id, (body) => ({ statements: body.statements.filter((statement) => statement.id !== statementId) }));
}

/** Moves a statement one place up (-1) or down (1). */
export function moveStatement(data: DataService, id: string, statementId: string, step: -1 | 1): Saved {
  return edit(data, id, (body) => {
    const statements = [...body.statements];
    const at = statements.findIndex((statement) => statement.id === statementId);
    const [moved] = statements.splice(at, 1);
    if (moved) statements.splice(Math.max(0, at + step), 0, moved);
    return { statements };
  });
}

/** Changes title, case or recipients. */
export function saveBriefFields(data: DataService, id: string, fields: Partial<Pick<BriefBody, 'title' | 'caseId' | 'recipients'>>): Saved {
  return data.update<BriefBody>('brief', id, { body: fields });
}

/** Moves the brief along its lifecycle (domain/brief/rules.ts). */
export function setBriefStatus(data: DataService, id: string, status: BriefStatus): Saved {
  return data.update<BriefBody>('brief', id, { status });
}

/** Tells the owner's unit that this version was read here: a coded receipt without content. */
export function confirmRead(data: DataService, brief: RecordOf<BriefBody>, ownUnit: string, lang: string, now: Date): Promise<Result<RecordOf<ReceiptBody>, AppError>> {
  return data.insert<ReceiptBody>('receipt', {
    ref: brief.id,
    status: 'read',
    tlp: 'GREEN',
    audience: [`u:${ownUnit}`, `u:${brief.owner}`],
    body: { kind: 'read', rev: brief.rev, at: now.toISOString(), lang },
  });
}
