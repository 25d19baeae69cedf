import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The text of `namespace:key` in a language, as the officer sees it; the plural form `other` where there is one. */
export function text(lang: string, key: string, values: Readonly<Record<string, string>> = {}): string {
  const [namespace = '', name = ''] = key.split(':');
  const file: unknown = JSON.parse(readFileSync(path.join('locales', existsSync(path.join('locales', lang, `${namespace}.json`)) ? lang : 'en', `${namespace}.json`), 'utf8'));
  const parts = name.split('.');
  const last = parts.pop() ?? '';
  const parent = parts.reduce<unknown>((at, part) => (Object(at) as Record<string, unknown>)[part], file) as Record<string, unknown>;
  const found = parent[last] ?? parent[`${last}_other`];
  if (typeof found !== 'string') throw new Error(`no text ${lang} ${key}`);
  return found.replace(/\{\{(\w+)\}\}/g, (_all, slot: string) => values[slot] ?? '');
}
