import type { Fmt } from './fmt.ts';
import type { StatementCatalog, TermForms } from './statement-catalog.ts';

/** The code lists of resources/codelists, and the two lists only sentences use. */
export type TermList = 'agency' | 'offence' | 'item' | 'role' | 'outcome' | 'mode' | 'purpose' | 'legal-basis' | 'country' | 'noun';

/** The names of codes in one language. A code without a name (sent by a newer version) is shown as it is, never dropped. */
export interface Terms {
  /** The name as a choice in a list. */
  readonly label: (list: TermList, code: string) => string;
  /** The form a sentence needs; the plain form where the language has no such form. */
  readonly form: (list: TermList, code: string, form?: string) => string;
  /** A count with its noun: plural in English, classifier in Thai, Lao and Khmer, linker in Filipino. */
  readonly counted: (list: 'item' | 'noun', code: string, n: number) => string;
}

function pick(forms: TermForms | undefined, ...names: readonly string[]): string | undefined {
  if (forms === undefined || typeof forms === 'string') return forms;
  return names.map((name) => forms[name]).find((text) => text !== undefined);
}

/** Reads `catalog`; `fmt` must be of the same language. */
export function createTerms(catalog: StatementCatalog, fmt: Fmt): Terms {
  const forms = (list: TermList, code: string): TermForms | undefined => catalog.terms[list]?.[code];
  const country = (code: string): string => {
    const own = pick(forms('country', code), 'nom');
    const name = fmt.country(code);
    // A state outside the region takes the language's general pattern; an unknown code stands bare.
    return own ?? (name === code ? code : (pick(forms('country', '*'), 'nom') ?? '{name}').replace('{name}', () => name));
  };
  return {
    label: (list, code) => (list === 'country' ? fmt.country(code) : (pick(forms(list, code), 'label', 'nom', 'other') ?? code)),
    form: (list, code, form = 'nom') => (list === 'country' ? country(code) : (pick(forms(list, code), form, 'nom', 'label') ?? code)),
    counted: (list, code, n) => {
      const text = pick(forms(list, code), fmt.plural(n), 'other') ?? `{n} ${code}`;
      return text.replace('{n}', () => fmt.number(n));
    },
  };
}
