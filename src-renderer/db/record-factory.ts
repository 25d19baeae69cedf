import { Value } from 'typebox/value';
import { createRev, createUuidV7, type Clock, type RandomBytes } from '#shared/base/ids.ts';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { HybridClock } from '#shared/base/time.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { entityDefinition } from '#shared/entities.ts';
import { FITS_BODY, fitsEnvelope } from '#shared/schema/checks.generated.ts';
import { OWNER_SELF, RecordSchema, type RecordOf, type SuarRecord, type Tlp } from '#shared/schema/record.ts';

/** What every write needs from outside. */
export interface WriteDeps {
  readonly hlc: HybridClock;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Id of this device. */
  readonly author: string;
  /** The unit, or OWNER_SELF before enrolment; read at each write. */
  readonly owner: () => string;
  /** Minutes since this device last heard from the hub; undefined where it is in touch, or never was. */
  readonly offlineMinutes?: () => number | undefined;
}

/** A record to be made. */
export interface NewRecord<Body> {
  /** Given by imports so that a second import finds the first; else a fresh UUIDv7. */
  readonly id?: string;
  readonly body: Body;
  readonly status: string;
  readonly tlp: Tlp;
  /** Buckets that may read it; the own unit when left out. Sorted and without duplicates afterwards. */
  readonly audience?: readonly string[];
  readonly ref?: string;
}

/** The audience of a record nobody outside the unit shall read. */
export function homeAudience(owner: string): string[] {
  return owner === OWNER_SELF ? [] : [`u:${owner}`];
}

/** Sorts buckets and drops duplicates, as the envelope demands. */
export function sortedAudience(audience: readonly string[]): string[] {
  return [...new Set(audience)].sort();
}

/** A refusal of a record, with the place that does not fit: a path of the schema, never a value. */
export function recordInvalid(entity: string, reason: string): AppError {
  return { code: 'record-invalid', detail: { entity, reason } };
}

/** Checks envelope and body against the registry; the first place that does not fit, or undefined where all does. */
export function findMisfit(record: SuarRecord): string | undefined {
  const definition = entityDefinition(record.entity);
  if (definition === undefined) return 'entity';
  if (!FITS_BODY[record.entity]?.(record.body)) return `body${Value.Errors(definition.schema, record.body)[0]?.instancePath ?? ''}`;
  if (!fitsEnvelope(record)) return Value.Errors(RecordSchema, record)[0]?.instancePath ?? '/';
  return undefined;
}

/** A new record of `entity`, checked; the error is `record-invalid`. */
export function makeRecord<Body extends object>(entity: string, input: NewRecord<Body>, deps: WriteDeps): Result<RecordOf<Body>, AppError> {
  const owner = deps.owner();
  const record: SuarRecord = {
    id: input.id ?? createUuidV7(deps.clock, deps.random),
    entity,
    owner,
    audience: input.audience ? sortedAudience(input.audience) : homeAudience(owner),
    tlp: input.tlp as SuarRecord['tlp'],
    status: input.status,
    rev: createRev(deps.random),
    updatedAt: deps.hlc.now(),
    author: deps.author,
    schemaVersion: entityDefinition(entity)?.version ?? 1,
    ref: input.ref ?? '',
    conflicts: [],
    body: input.body as Record<string, unknown>,
  };
  const misfit = findMisfit(record);
  return misfit === undefined ? ok(record as RecordOf<Body>) : err(recordInvalid(entity, misfit));
}

/** Marks `record` as a new version of this device: fresh token, clock reading and author, and how long the device was offline. */
export function asNewVersion<R extends SuarRecord | RecordOf<object>>(record: R, deps: Pick<WriteDeps, 'hlc' | 'random' | 'author' | 'offlineMinutes'>): R {
  const { offlineMinutes: _before, ...content } = record;
  const offlineMinutes = deps.offlineMinutes?.();
  return { ...content, rev: createRev(deps.random), updatedAt: deps.hlc.now(), author: deps.author, ...(offlineMinutes ? { offlineMinutes } : {}) } as R;
}
