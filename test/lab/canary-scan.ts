import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Files below `folder` that hold one of `secrets` in clear, as UTF-8 or UTF-16 (both byte orders Chromium writes). */
export function scanForSecrets(folder: string, secrets: readonly string[]): { readonly files: number; readonly hits: readonly string[] } {
  const needles = secrets.flatMap((secret) => [Buffer.from(secret, 'utf8'), Buffer.from(secret, 'utf16le')]);
  const hits: string[] = [];
  let files = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    files++;
    const bytes = readFileSync(file);
    if (needles.some((needle) => bytes.includes(needle))) hits.push(name);
  }
  return { files, hits };
}
