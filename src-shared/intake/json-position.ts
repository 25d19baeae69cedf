type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

const SCALAR = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null/y;

/** Position behind the closing quote of the text that starts at `at`, or of the first character that cannot be in it, as `bad`. */
function endOfText(text: string, at: number): { readonly end: number } | { readonly bad: number } {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) return { end: i + 1 };
    if (code < 32) return { bad: i };
    if (code !== 92) continue;
    i++;
    const escape = text.charAt(i);
    if (escape === 'u' ? !/^[0-9a-f]{4}$/i.test(text.slice(i + 1, i + 5)) : !'"\\/bfnrt'.includes(escape) || escape === '') return { bad: i };
  }
  return { bad: text.length };
}

/** What may follow a complete value inside the brackets still open. */
function afterValue(open: readonly string[]): Expected {
  return open.length === 0 ? 'nothing' : 'comma-or-end';
}

/**
 * Position, in characters from 0, of the first character at which a text stops being JSON (RFC 8259); the length where it ends too early
 * or is JSON. Engines name the position in only some of their messages.
 */
export function findJsonBreak(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  for (let i = 0; i < text.length;) {
    const char = text.charAt(i);
    if (' \t\n\r'.includes(char)) {
      i++;
      continue;
    }
    const wantsValue: boolean = expected === 'value' || expected === 'value-or-end';
    const wantsKey: boolean = expected === 'key' || expected === 'key-or-end';
    if (char === '"' && (wantsValue || wantsKey)) {
      const read = endOfText(text, i);
      if ('bad' in read) return read.bad;
      i = read.end;
      expected = wantsKey ? 'colon' : afterValue(open);
    } else if ((char === '{' || char === '[') && wantsValue) {
      open.push(char);
      expected = char === '{' ? 'key-or-end' : 'value-or-end';
      i++;
    } else if (char === '}' || char === ']') {
      const isEnd = expected === 'comma-or-end' || expected === (char === '}' ? 'key-or-end' : 'value-or-end');
      if (!isEnd || open.pop() !== (char === '}' ? '{' : '[')) return i;
      expected = afterValue(open);
      i++;
    } else if (char === ':' && expected === 'colon') {
      expected = 'value';
      i++;
    } else if (char === ',' && expected === 'comma-or-end') {
      expected = open.at(-1) === '{' ? 'key' : 'value';
      i++;
    } else if (wantsValue) {
      SCALAR.lastIndex = i;
      if (!SCALAR.test(text)) return i;
      i = SCALAR.lastIndex;
      expected = afterValue(open);
    } else return i;
  }
  return text.length;
}
