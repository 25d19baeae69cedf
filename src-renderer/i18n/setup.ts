import i18next, { type BackendModule, type FormatterModule, type i18n, type ReadCallback, type ResourceKey } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { createFmt, type Fmt } from './fmt.ts';
import { tableFor } from './intl-tables.ts';
import { directionOf, UI_LANGUAGES, type UiLanguage } from './locales.ts';
import { pluralCategories, selectPlural } from './plural-rules.ts';

/** One chunk per language and namespace, in the app's own files: nothing is fetched, so it works offline and under the CSP. */
const FILES = import.meta.glob<ResourceKey>(['../../locales/*/*.json', '!../../locales/*/{statements,terms}.json', '!../../locales/*/*.review.json'], {
  import: 'default',
});

const NAMESPACES = Object.keys(FILES).flatMap((path) => /\/locales\/en\/([\w-]+)\.json$/.exec(path)?.[1] ?? []);

/** A namespace a translator has not begun is empty, and i18next falls back to English key by key. */
async function deliver(language: string, namespace: string, done: ReadCallback): Promise<void> {
  try {
    done(null, (await FILES[`../../locales/${language}/${namespace}.json`]?.()) ?? {});
  } catch (error) {
    done(error instanceof Error ? error : String(error), false);
  }
}

const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, namespace, done) => void deliver(language, namespace, done),
};

const fmtByLanguage = new Map<string, Fmt>();
function fmtOf(language: string): Fmt {
  const fmt = fmtByLanguage.get(language) ?? createFmt(language);
  fmtByLanguage.set(language, fmt);
  return fmt;
}

/** `{{n, number}}` and its like go through the facade; i18next's own formatters read the built-in Intl, which lacks km and lo. */
function formatValue(value: unknown, format: string | undefined, language: string | undefined): string {
  const fmt = fmtOf(language ?? 'en');
  switch (format ?? 'text') {
    case 'number':
      return fmt.number(Number(value));
    case 'percent':
      return fmt.percent(Number(value));
    case 'bytes':
      return fmt.bytes(Number(value));
    case 'duration':
      return fmt.duration(Number(value));
    case 'relative':
      return fmt.relative(Number(value));
    case 'day':
      return fmt.day(String(value));
    case 'dayShort':
      return fmt.dayShort(String(value));
    case 'country':
      return fmt.country(String(value));
    case 'language':
      return fmt.language(String(value));
    case 'list':
      return fmt.list(Array.isArray(value) ? value.map(String) : [String(value)]);
    default:
      return String(value);
  }
}

const formatter: FormatterModule = {
  type: 'formatter',
  init: () => undefined,
  add: () => undefined,
  addCached: () => undefined,
  format: formatValue,
};

/** The part of i18next's plural resolver that we replace. */
interface PluralResolver {
  getRule: (language: string) => { select: (n: number) => string; resolvedOptions: () => { pluralCategories: string[] } };
}

/** Chromium answers with the English rule for km and lo, so `count: 1` would look for a `_one` key and show English. */
function useOwnPlurals(instance: i18n): void {
  const resolver = instance.services.pluralResolver as PluralResolver;
  resolver.getRule = (language) => {
    const { plural } = tableFor(language);
    return { select: (n) => selectPlural(plural, n), resolvedOptions: () => ({ pluralCategories: [...pluralCategories(plural)] }) };
  };
}

function showLanguage(language: string): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

/**
 * Starts translation in `language` and keeps the document's `lang` and `dir` in step with every later `changeLanguage`.
 * Resolves when the language and the English fallback are loaded; call once, before the first render.
 */
export async function startI18n(language: UiLanguage): Promise<i18n> {
  i18next.use(backend).use(formatter).use(initReactI18next).on('languageChanged', showLanguage);
  const starting = i18next.init({
    lng: language,
    fallbackLng: 'en',
    supportedLngs: [...UI_LANGUAGES],
    load: 'currentOnly',
    ns: NAMESPACES,
    defaultNS: 'app',
    // React escapes what it renders.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  // Services exist as soon as init is called; the rule must be in place before the first lookup.
  useOwnPlurals(i18next);
  await starting;
  return i18next;
}

/** Switches the interface at once, without a restart; drafts and filters are untouched. Rejects if the files cannot be read. */
export async function changeUiLanguage(language: UiLanguage): Promise<void> {
  await i18next.changeLanguage(language);
}
