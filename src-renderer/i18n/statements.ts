import { MessageFormat } from 'messageformat';
import type { MessageFunction, MessageValue } from 'messageformat/functions';
import { STATEMENT_SLOTS, type Money, type SlotType, type Statement, type StatementKind } from '#shared/schema/statement.ts';
import { createFmt, type Fmt, type FmtOptions } from './fmt.ts';
import { catalogFor, type StatementCatalog } from './statement-catalog.ts';
import { createTerms, type TermList, type Terms } from './terms.ts';

/** What a stretch of a sentence is; `ident` is never localised, `free` is an officer's own words. */
export type StatementPartType = 'text' | 'ident' | 'term' | 'day' | 'time' | 'money' | 'count' | 'free';

/** One stretch of a rendered statement. */
export interface StatementPart {
  readonly type: StatementPartType;
  readonly value: string;
  /** BCP 47 tag, on `free` only: the language the officer wrote in. */
  readonly lang?: string;
  /** Name of the slot it shows. */
  readonly slot?: string;
}

/** A statement in one language. `text` is the values of `parts` joined, in reading order. */
export interface RenderedStatement {
  readonly text: string;
  readonly parts: readonly StatementPart[];
  /** Language of the prose: English where the one asked for has no catalog. */
  readonly lang: string;
}

/** Unicode UAX #9 isolates: an account number keeps its order of characters in any sentence. */
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** A slot on its way through a message, so that each function knows what it shows. */
interface SlotValue {
  readonly slot: string;
  readonly type: SlotType;
  readonly value: unknown;
  readonly lang: string;
}

type Shown = MessageValue<string>;

function shown(type: StatementPartType, slot: SlotValue, value: string): Shown {
  const lang = slot.lang === '' ? {} : { locale: slot.lang };
  return { type, toString: () => value, toParts: () => [{ type, id: slot.slot, value, ...lang }] };
}

function isSlot(input: unknown): input is SlotValue {
  return typeof input === 'object' && input !== null && 'slot' in input && 'value' in input;
}

/** A message that names a slot its kind does not have is a bug of the catalog, found by its test. */
function slotOf(input: unknown): SlotValue {
  if (!isSlot(input)) throw new Error('not a slot of this statement');
  return input;
}

function capitalised(text: string): string {
  const [first = '', ...rest] = text;
  return first.toUpperCase() + rest.join('');
}

/** The functions a message may call; none reads the built-in Intl, which lacks three of our languages. */
function createFunctions(fmt: Fmt, terms: Terms): Record<string, MessageFunction<string>> {
  const simple =
    (type: StatementPartType, text: (value: string) => string): MessageFunction<string> =>
    (_, __, input) => {
      const slot = slotOf(input);
      return shown(type, slot, text(String(slot.value)));
    };
  return {
    day: simple('day', fmt.day),
    time: simple('time', fmt.time),
    ident: simple('ident', (value) => value),
    free: simple('free', (value) => value),
    hours: simple('count', (value) => terms.counted('noun', 'hour', Number(value))),
    money: (_, __, input) => {
      const slot = slotOf(input);
      return shown('money', slot, fmt.money(slot.value as Money));
    },
    term: (_, options, input) => {
      const slot = slotOf(input);
      const text = terms.form(slot.type as TermList, String(slot.value), typeof options['form'] === 'string' ? options['form'] : 'nom');
      return shown('term', slot, options['cap'] === 'yes' ? capitalised(text) : text);
    },
    counted: (_, options, input) => {
      const slot = slotOf(input);
      const { item, noun } = options;
      const text = isSlot(item) ? terms.counted('item', String(item.value), Number(slot.value)) : terms.counted('noun', String(noun), Number(slot.value));
      return shown('count', slot, text);
    },
  };
}

function slotsToParams(statement: Statement): Record<string, SlotValue> {
  const lang = statement.kind === 'paragraph' ? statement.slots.lang : '';
  const types = STATEMENT_SLOTS[statement.kind];
  return Object.fromEntries(Object.entries(statement.slots).map(([slot, value]) => [slot, { slot, type: types[slot] ?? 'text', value, lang }]));
}

/** The isolates go into the text around an identifier, so that its part holds the identifier alone. */
function withIsolates(parts: readonly StatementPart[]): StatementPart[] {
  const spread = parts.flatMap((part): StatementPart[] => (part.type === 'ident' ? [{ type: 'text', value: FIRST_STRONG_ISOLATE }, part, { type: 'text', value: POP_ISOLATE }] : [part]));
  return spread.reduce<StatementPart[]>((merged, part) => {
    const last = merged.at(-1);
    if (last?.type !== 'text' || part.type !== 'text') return [...merged, part];
    return [...merged.slice(0, -1), { type: 'text', value: last.value + part.value }];
  }, []);
}

function toParts(parts: readonly { readonly type: string; readonly value?: unknown; readonly id?: string; readonly locale?: string }[]): StatementPart[] {
  return withIsolates(
    parts.map((part) => ({
      type: part.type as StatementPartType,
      value: typeof part.value === 'string' ? part.value : '',
      ...(part.id === undefined ? {} : { slot: part.id }),
      ...(part.locale === undefined ? {} : { lang: part.locale }),
    })),
  );
}

/**
 * Renders statements in one language. The slots are the record; the prose is made here and is the same wherever it is read.
 * A catalog whose message cannot be formatted throws: a sentence with a hole in it must never be signed.
 */
export function createStatementRenderer(locale: string, options: FmtOptions = {}): (statement: Statement) => RenderedStatement {
  const catalog: StatementCatalog = catalogFor(locale);
  const fmt = createFmt(catalog.locale, options);
  const functions = createFunctions(fmt, createTerms(catalog, fmt));
  const messages = new Map<StatementKind, MessageFormat<string>>();
  const messageOf = (kind: StatementKind): MessageFormat<string> => {
    const made = messages.get(kind) ?? new MessageFormat<string>(catalog.locale, catalog.messages[kind], { functions, bidiIsolation: 'none' });
    messages.set(kind, made);
    return made;
  };
  return (statement) => {
    const formatted = messageOf(statement.kind).formatToParts({ ...slotsToParams(statement) }, (error) => {
      throw error instanceof Error ? error : new Error(String(error));
    });
    const parts = toParts(formatted);
    return { text: parts.map((part) => part.value).join(''), parts, lang: catalog.locale };
  };
}

/** The names of codes for pickers and lists, in the language's own catalog. */
export function createTermNames(locale: string): Terms {
  const catalog = catalogFor(locale);
  return createTerms(catalog, createFmt(catalog.locale));
}
