import en from '../../resources/intl/en.json' with { type: 'json' };
import fil from '../../resources/intl/fil.json' with { type: 'json' };
import fr from '../../resources/intl/fr.json' with { type: 'json' };
import id from '../../resources/intl/id.json' with { type: 'json' };
import km from '../../resources/intl/km.json' with { type: 'json' };
import lo from '../../resources/intl/lo.json' with { type: 'json' };
import ms from '../../resources/intl/ms.json' with { type: 'json' };
import my from '../../resources/intl/my.json' with { type: 'json' };
import ptPT from '../../resources/intl/pt-PT.json' with { type: 'json' };
import ta from '../../resources/intl/ta.json' with { type: 'json' };
import th from '../../resources/intl/th.json' with { type: 'json' };
import vi from '../../resources/intl/vi.json' with { type: 'json' };
import zhHans from '../../resources/intl/zh-Hans.json' with { type: 'json' };
import type { IntlTable } from './intl-table.ts';

/** The thirteen languages of tiers 1 and 2; 130 kB together, so all are bundled and no call ever waits. */
const TABLES = { en, fil, fr, id, km, lo, ms, my, 'pt-PT': ptPT, ta, th, vi, 'zh-Hans': zhHans } as unknown as Readonly<Record<string, IntlTable>>;

/** Tags with a table, in alphabetical order. */
export const FMT_LOCALES = Object.keys(TABLES);

const ALIASES: Readonly<Record<string, string>> = { tl: 'fil', pt: 'pt-PT', zh: 'zh-Hans', in: 'id' };

/** The table of `tag` or of its nearest parent; English for a language of tier 3, which has no locale data anywhere. */
export function tableFor(tag: string): IntlTable {
  const language = tag.split('-')[0] ?? tag;
  return TABLES[tag] ?? TABLES[language] ?? TABLES[ALIASES[language] ?? 'en'] ?? (en as unknown as IntlTable);
}
