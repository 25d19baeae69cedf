import { Type, type Static, type TProperties } from 'typebox';

/** A calendar date, ISO 8601, Gregorian. */
const day = Type.String({ format: 'date' });
/** ISO 3166-1 alpha-2. */
const country = Type.String({ pattern: '^[A-Z]{2}$' });
/** A code of one of resources/codelists. */
const code = Type.String({ pattern: '^[a-z0-9-]{1,40}$' });
/** Never localised: an account number, a domain, a wallet. */
const ident = Type.String({ minLength: 1, maxLength: 500 });
const count = Type.Integer({ minimum: 1, maximum: 100_000_000 });
/** `value` is a decimal in text, so no rounding ever happens; `currency` is ISO 4217. */
export const MoneySchema = Type.Object(
  { value: Type.String({ pattern: '^(0|[1-9][0-9]{0,14})([.][0-9]{1,8})?$' }), currency: Type.String({ pattern: '^[A-Z]{3}$' }) },
  { additionalProperties: false },
);
export type Money = Static<typeof MoneySchema>;

function statement<K extends string, P extends TProperties>(kind: K, slots: P) {
  return Type.Object({ id: Type.String({ minLength: 1, maxLength: 36 }), kind: Type.Literal(kind), slots: Type.Object(slots, { additionalProperties: false }) }, { additionalProperties: false });
}

/** Every statement kind with its typed slots. The slots are exchanged between countries, never the prose. */
export const STATEMENT_SCHEMAS = {
  transfer: statement('transfer', { date: day, amount: MoneySchema, account: ident, country }),
  arrest: statement('arrest', { agency: code, country, count, offence: code, date: day }),
  seizure: statement('seizure', { date: day, count, item: code, country }),
  preservation: statement('preservation', { from: country, to: country, identifier: ident, until: day }),
  deadline: statement('deadline', { agency: code, country, hours: count }),
  'victim-loss': statement('victim-loss', { count, amount: MoneySchema, offence: code, country }),
  infrastructure: statement('infrastructure', { identifier: ident, role: code, country, seen: day }),
  takedown: statement('takedown', { identifier: ident, outcome: code, date: day }),
  warning: statement('warning', { offence: code, country, identifier: ident }),
  rfi: statement('rfi', { from: country, to: country, identifier: ident, until: day }),
  meeting: statement('meeting', { date: day, /** 24-hour clock, local to `country`. */ time: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' }), country, mode: code }),
  paragraph: statement('paragraph', { text: Type.String({ minLength: 1, maxLength: 10_000 }), /** BCP 47 */ lang: Type.String({ maxLength: 20 }) }),
} as const;

export type StatementKind = keyof typeof STATEMENT_SCHEMAS;
export const STATEMENT_KINDS = Object.keys(STATEMENT_SCHEMAS) as readonly StatementKind[];
export type StatementOf<K extends StatementKind> = Static<(typeof STATEMENT_SCHEMAS)[K]>;
export type Statement = { [K in StatementKind]: StatementOf<K> }[StatementKind];
export const StatementSchema = Type.Unsafe<Statement>(Type.Union(Object.values(STATEMENT_SCHEMAS)));

/** How a slot is edited and shown; the editor and the renderer both read this. */
export type SlotType = 'day' | 'time' | 'money' | 'ident' | 'count' | 'hours' | 'country' | 'agency' | 'offence' | 'item' | 'role' | 'outcome' | 'mode' | 'text' | 'lang';
export const STATEMENT_SLOTS: { readonly [K in StatementKind]: Readonly<Record<string, SlotType>> } = {
  transfer: { date: 'day', amount: 'money', account: 'ident', country: 'country' },
  arrest: { agency: 'agency', country: 'country', count: 'count', offence: 'offence', date: 'day' },
  seizure: { date: 'day', count: 'count', item: 'item', country: 'country' },
  preservation: { from: 'country', to: 'country', identifier: 'ident', until: 'day' },
  deadline: { agency: 'agency', country: 'country', hours: 'hours' },
  'victim-loss': { count: 'count', amount: 'money', offence: 'offence', country: 'country' },
  infrastructure: { identifier: 'ident', role: 'role', country: 'country', seen: 'day' },
  takedown: { identifier: 'ident', outcome: 'outcome', date: 'day' },
  warning: { offence: 'offence', country: 'country', identifier: 'ident' },
  rfi: { from: 'country', to: 'country', identifier: 'ident', until: 'day' },
  meeting: { date: 'day', time: 'time', country: 'country', mode: 'mode' },
  paragraph: { text: 'text', lang: 'lang' },
};
