import languages from '../../resources/region/languages.json' with { type: 'json' };

/** Tag of a language the interface is complete in; the same tag names its folder under locales/. Which ones is data: resources/region/languages.json. */
export type UiLanguage = string;
export const UI_LANGUAGES: readonly UiLanguage[] = languages.filter((language) => language.uiComplete).map((language) => language.tag);

/** One language as resources/region/languages.json describes it. */
export interface LanguageInfo {
  readonly tag: string;
  readonly selfName: string;
  readonly englishName: string;
  /** 1 and 2 are promised complete; 3 is an English fallback with a pilot of core strings. */
  readonly tier: number;
  /** ISO 15924 */
  readonly script: string;
  /** Key of the font stack in fonts.css. */
  readonly fontFamily: string;
  /** Unitless; below it Khmer and Burmese clip. */
  readonly lineHeight: number;
  /** Height of a list row in pixels. */
  readonly rowHeight: number;
  readonly uiComplete: boolean;
  readonly review: string;
}

const INFO_BY_TAG = new Map<string, LanguageInfo>(languages.map((language) => [language.tag, language]));

/** Every language of the region, interface or content, in the order of the picker. */
export const LANGUAGES: readonly LanguageInfo[] = languages;

/** The description of `tag` or of its language; undefined for a language outside the region. */
export function languageInfo(tag: string): LanguageInfo | undefined {
  return INFO_BY_TAG.get(tag) ?? INFO_BY_TAG.get(tag.split('-')[0] ?? tag);
}

/** Whether the interface is complete in a language. */
export function isUiLanguage(tag: string): boolean {
  return UI_LANGUAGES.includes(tag);
}

/**
 * The interface language for a list of preferred tags, best first: Electron's `getPreferredSystemLanguages()`, because
 * `getLocale()` answers en-US on a Khmer system. English when none is offered.
 */
export function pickUiLanguage(preferred: readonly string[]): UiLanguage {
  for (const tag of preferred) {
    const language = tag.split('-')[0] ?? tag;
    // `tl` is the older tag of Filipino, `in` of Indonesian; some systems still send them.
    const id = language === 'tl' ? 'fil' : language === 'in' ? 'id' : language;
    if (isUiLanguage(id)) return id;
  }
  return 'en';
}

/** Writing direction of a tag: right to left for Arabic script (Jawi, ms-Arab), else left to right. */
export function directionOf(tag: string): 'ltr' | 'rtl' {
  return /-Arab\b/.test(tag) || /^(ar|fa|ur|he)\b/.test(tag) ? 'rtl' : 'ltr';
}
