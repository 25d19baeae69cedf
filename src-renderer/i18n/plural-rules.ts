/** The CLDR plural categories (Unicode LDML part 3, §5). */
export type PluralCategory = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other';

/** The rule families our languages need; each table in resources/intl names one. */
export type PluralRuleId = 'none' | 'one-is-1' | 'filipino' | 'french' | 'portuguese';

interface PluralRule {
  readonly categories: readonly PluralCategory[];
  readonly select: (n: number) => PluralCategory;
}

/** A whole number of millions takes "de" in French and Portuguese, hence its own category. */
function isWholeMillions(n: number): boolean {
  return Number.isInteger(n) && n !== 0 && n % 1_000_000 === 0;
}

/** Filipino looks at the last digit shown, of the fraction when there is one. */
function filipino(n: number): PluralCategory {
  const text = String(Math.abs(n));
  if (text === '1' || text === '2' || text === '3') return 'one';
  return /[469]$/.test(text) ? 'other' : 'one';
}

const RULES: Readonly<Record<PluralRuleId, PluralRule>> = {
  none: { categories: ['other'], select: () => 'other' },
  'one-is-1': { categories: ['one', 'other'], select: (n) => (Math.abs(n) === 1 ? 'one' : 'other') },
  filipino: { categories: ['one', 'other'], select: filipino },
  french: {
    categories: ['one', 'many', 'other'],
    select: (n) => (Math.abs(n) < 2 ? 'one' : isWholeMillions(n) ? 'many' : 'other'),
  },
  portuguese: {
    categories: ['one', 'many', 'other'],
    select: (n) => (Math.abs(n) === 1 ? 'one' : isWholeMillions(n) ? 'many' : 'other'),
  },
};

/** Every rule family, for the table generator, which checks each against full ICU. */
export const PLURAL_RULE_IDS = Object.keys(RULES) as readonly PluralRuleId[];

/** The category of `n` shown without trailing zeros. Ours because Chromium has no rules for km, lo and my (LANGUAGES.md, trap 1). */
export function selectPlural(rule: PluralRuleId, n: number): PluralCategory {
  return RULES[rule].select(n);
}

/** The categories a message needs in a language, in CLDR order. */
export function pluralCategories(rule: PluralRuleId): readonly PluralCategory[] {
  return RULES[rule].categories;
}
