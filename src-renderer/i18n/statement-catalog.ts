import type { StatementKind } from '#shared/schema/statement.ts';
import enStatements from '../../locales/en/statements.json' with { type: 'json' };
import enTerms from '../../locales/en/terms.json' with { type: 'json' };
import filStatements from '../../locales/fil/statements.json' with { type: 'json' };
import filTerms from '../../locales/fil/terms.json' with { type: 'json' };
import idStatements from '../../locales/id/statements.json' with { type: 'json' };
import idTerms from '../../locales/id/terms.json' with { type: 'json' };
import kmStatements from '../../locales/km/statements.json' with { type: 'json' };
import kmTerms from '../../locales/km/terms.json' with { type: 'json' };
import loStatements from '../../locales/lo/statements.json' with { type: 'json' };
import loTerms from '../../locales/lo/terms.json' with { type: 'json' };
import thStatements from '../../locales/th/statements.json' with { type: 'json' };
import thTerms from '../../locales/th/terms.json' with { type: 'json' };

/** Forms of one term by name (`label`, `nom`, `charge`, `pred`, `by`, a plural category), or one text that serves for all. */
export type TermForms = string | Readonly<Record<string, string>>;

/** The words of one language: MessageFormat 2 sources by kind (Unicode LDML part 9), and terms by list and code. */
export interface StatementCatalog {
  readonly locale: string;
  readonly messages: Readonly<Record<StatementKind, string>>;
  readonly terms: Readonly<Record<string, Readonly<Record<string, TermForms>>>>;
}

const CATALOGS: Readonly<Record<string, StatementCatalog>> = {
  en: { locale: 'en', messages: enStatements, terms: enTerms },
  fil: { locale: 'fil', messages: filStatements, terms: filTerms },
  id: { locale: 'id', messages: idStatements, terms: idTerms },
  km: { locale: 'km', messages: kmStatements, terms: kmTerms },
  lo: { locale: 'lo', messages: loStatements, terms: loTerms },
  th: { locale: 'th', messages: thStatements, terms: thTerms },
};

/** Languages statements can be written in; all bundled (76 kB), so a brief reads in any of them at once and offline. */
export const STATEMENT_LOCALES = Object.keys(CATALOGS);

/** The catalog of a language, or the English one: a whole sentence in one language, never a mixture. */
export function catalogFor(locale: string): StatementCatalog {
  const catalog = CATALOGS[locale] ?? CATALOGS[locale.split('-')[0] ?? locale] ?? CATALOGS['en'];
  if (catalog === undefined) throw new Error('the English catalog is missing');
  return catalog;
}
