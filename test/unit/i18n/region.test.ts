import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { zonedMoment } from '../../../src-renderer/i18n/date-text.ts';
import { LANGUAGES, UI_LANGUAGES } from '../../../src-renderer/i18n/locales.ts';
import members from '../../../resources/region/members.json' with { type: 'json' };

const root = join(import.meta.dirname, '../../..');

describe('region data', () => {
  test('has twenty states, each with known languages', () => {
    expect(new Set(members.map((member) => member.country)).size).toBe(20);
    const tags = new Set([...LANGUAGES.map((language) => language.tag), 'ms-Arab']);
    for (const member of members) for (const tag of member.languages) expect(tags.has(tag), `${member.country} ${tag}`).toBe(true);
  });

  test('has time zones that exist and keep one offset through 2026', () => {
    for (const zone of members.flatMap((member) => member.timeZones)) {
      const january = zonedMoment('2026-01-15T00:00:00Z', zone);
      expect(january, zone).not.toBeNull();
      expect(zonedMoment('2026-07-15T00:00:00Z', zone)?.offsetMinutes, zone).toBe(january?.offsetMinutes);
    }
  });

  test('marks complete the languages the interface offers, and none as reviewed', () => {
    const translated = readdirSync('locales').filter((tag) => existsSync(`locales/${tag}/app.json`));
    expect(translated.toSorted()).toEqual([...UI_LANGUAGES].toSorted());
    for (const { tag, review } of LANGUAGES) expect(review).toBe(tag === 'en' ? 'source' : 'awaiting native review');
  });

  test('gives each script the line and row heights the style sheet sets', () => {
    const css = readFileSync(join(root, 'src-renderer/i18n/fonts.css'), 'utf8');
    for (const { tag, tier, lineHeight, rowHeight } of LANGUAGES.filter((language) => language.tier < 3)) {
      const block = [...css.matchAll(/\[lang\]:lang\(([^)]*)\) \{([^}]*)\}/g)].find(([, tags = '']) => tags.split(', ').includes(tag.split('-')[0] ?? tag))?.[2] ?? '';
      expect(block, `${tag} tier ${tier}`).toContain(`line-height: ${lineHeight};`);
      expect(block, tag).toContain(`--row-height: ${rowHeight}px;`);
    }
  });

  test('has code lists of distinct codes a statement can carry', () => {
    for (const file of readdirSync(join(root, 'resources/codelists'))) {
      const { list, codes } = JSON.parse(readFileSync(join(root, 'resources/codelists', file), 'utf8')) as { list: string; codes: string[] };
      expect(`${list}.json`).toBe(file);
      expect(new Set(codes).size).toBe(codes.length);
      for (const code of codes) expect(code).toMatch(/^[a-z0-9-]{1,40}$/);
    }
  });
});
