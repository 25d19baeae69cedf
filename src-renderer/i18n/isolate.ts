/** A name or other text of unknown direction inside a sentence: it cannot reorder the words around it (Unicode UAX 9, FSI and PDI). */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}
