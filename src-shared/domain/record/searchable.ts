/**
 * Which fields of a body are searched, as dotted paths; `*` stands for every element of a list. Free text, names, numbers and identifiers
 * belong here; codes do not, their names differ in every language.
 */
export interface SearchFields {
  /** The field that names the record; it weighs more. */
  readonly title: string;
  readonly texts: readonly string[];
  /** Fields that hold ISO 3166-1 alpha-2 codes. */
  readonly countries: readonly string[];
}

/** What of one record is searched. */
export interface SearchTexts {
  readonly title: string;
  /** The other texts in the order of the paths, without empty and repeated ones. */
  readonly texts: readonly string[];
  /** Sorted, without duplicates. */
  readonly countries: readonly string[];
}

function valuesAt(value: unknown, steps: readonly string[]): unknown[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [value];
  if (step === '*') return Array.isArray(value) ? value.flatMap((element) => valuesAt(element, rest)) : [];
  return value !== null && typeof value === 'object' && Object.hasOwn(value, step) ? valuesAt((value as Readonly<Record<string, unknown>>)[step], rest) : [];
}

function textsAt(body: unknown, paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => valuesAt(body, path.split('.'))).filter((value) => typeof value === 'string');
  return [...new Set(found.map((text) => text.trim()).filter((text) => text !== ''))];
}

/** Reads the searched texts out of a body; a body of another shape gives what is there. */
export function searchTextsOf(fields: SearchFields, body: Readonly<Record<string, unknown>>): SearchTexts {
  const [title = ''] = textsAt(body, [fields.title]);
  return {
    title,
    texts: textsAt(body, fields.texts).filter((text) => text !== title),
    countries: textsAt(body, fields.countries)
      .filter((code) => /^[A-Z]{2}$/.test(code))
      .sort(),
  };
}
