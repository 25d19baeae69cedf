import { entityDefinition, recordTitle, URGENT_LANES, type Lane } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';

/** A change that is not at the hub yet. */
export interface WaitingChange {
  readonly id: string;
  readonly entity: string;
  /** Empty where its kind has no name. */
  readonly title: string;
  /** BCP 47 tag of the title, or the empty string. */
  readonly lang: string;
  /** Of the record as it waits, in bytes. */
  readonly bytes: number;
  readonly lane: Lane;
  /** Goes by itself before the rest. */
  readonly isUrgent: boolean;
  /** The officer wants it sent first. */
  readonly isFirst: boolean;
}

/** The waiting changes in the order they leave: those to be sent first as they were marked, urgent ones, the rest in the order of `ids`. */
export function orderWaiting(docs: readonly SuarRecord[], ids: readonly string[], first: readonly string[]): WaitingChange[] {
  const turn = new Map(ids.map((id, at) => [id, at]));
  const mark = new Map(first.map((id, at) => [id, at]));
  const changes = docs.map((doc): WaitingChange => {
    const { id, entity, body } = doc;
    const lane = entityDefinition(entity)?.lane ?? 'case';
    return { id, entity, title: recordTitle(doc), lang: String(body['lang'] ?? ''), bytes: JSON.stringify(doc).length, lane, isUrgent: URGENT_LANES.has(lane), isFirst: mark.has(id) };
  });
  const rank = ({ id, isUrgent }: WaitingChange): readonly [number, number] => [mark.get(id) ?? (isUrgent ? first.length : first.length + 1), turn.get(id) ?? ids.length];
  return changes.sort((a, b) => {
    const [[firstA, turnA], [firstB, turnB]] = [rank(a), rank(b)];
    return firstA - firstB || turnA - turnB;
  });
}
