import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useDigits } from './digits.ts';
import { createFmt, type Fmt, type FmtOptions } from './fmt.ts';
import { createStatementRenderer, createTermNames } from './statements.ts';
import type { Terms } from './terms.ts';

/** The facade in the interface's current language; renders again when the language changes. */
export function useFmt(options: FmtOptions = {}): Fmt {
  const { i18n } = useTranslation();
  const chosen = useDigits((choice) => choice.digits);
  const { digits = chosen, era, clock } = options;
  return useMemo(() => createFmt(i18n.language, { digits, ...(era && { era }), ...(clock && { clock }) }), [i18n.language, digits, era, clock]);
}

/** Names of codes (agency, offence, purpose and so on) in the interface's current language. */
export function useTerms(): Terms {
  const { i18n } = useTranslation();
  return useMemo(() => createTermNames(i18n.language), [i18n.language]);
}

/** Renders statements in `readingLanguage`, which is set apart from the interface's. */
export function useStatementRenderer(readingLanguage: string): ReturnType<typeof createStatementRenderer> {
  const digits = useDigits((choice) => choice.digits);
  return useMemo(() => createStatementRenderer(readingLanguage, { digits }), [readingLanguage, digits]);
}
