import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { i18n } from 'i18next';
import { pickUiLanguage } from '../../../src-renderer/i18n/locales.ts';
import { changeUiLanguage, startI18n } from '../../../src-renderer/i18n/setup.ts';

const documentElement = { lang: '', dir: '' };
const pluralRules = vi.spyOn(Intl, 'PluralRules');
const numberFormat = vi.spyOn(Intl, 'NumberFormat');
let instance: i18n;

beforeAll(async () => {
  vi.stubGlobal('document', { documentElement });
  instance = await startI18n('lo');
  instance.addResourceBundle('en', 'probe', { n_one: '{{count}} case', n_other: '{{count}} cases', size: '{{n, bytes}}', only: 'English' });
  instance.addResourceBundle('lo', 'probe', { n_other: '{{count}} ຄະດີ', size: '{{n, bytes}}' });
});

afterAll(() => vi.unstubAllGlobals());

const say = (key: string, values: Record<string, unknown> = {}): string => String(instance.t(`probe:${key}` as never, values as never));

test('one thing in Lao takes the Lao form, without the built-in plural rules', () => {
  expect(say('n', { count: 1 })).toBe('1 ຄະດີ');
  expect(pluralRules).not.toHaveBeenCalled();
});

test('numbers in messages go through the facade', () => {
  expect(say('size', { n: 1_500_000 })).toBe('1,5 MB');
  expect(numberFormat).not.toHaveBeenCalled();
});

test('a message not yet translated is English', () => {
  expect(say('only')).toBe('English');
});

test('changing the language changes the document, at once', async () => {
  expect(documentElement).toEqual({ lang: 'lo', dir: 'ltr' });
  await changeUiLanguage('th');
  expect(documentElement.lang).toBe('th');
  await changeUiLanguage('en');
  expect(say('n', { count: 1 })).toBe('1 case');
});

test('the first preferred language that is complete wins', () => {
  expect(pickUiLanguage(['fr-FR', 'km-KH', 'en-US'])).toBe('km');
  expect(pickUiLanguage(['tl-PH'])).toBe('fil');
  expect(pickUiLanguage(['de'])).toBe('en');
});
