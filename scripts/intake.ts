/** `npm run intake -- file… [--json]`: reads files of intelligence and tells what an import would bring, and what it would leave out. Stores nothing. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { MAX_INTAKE_BYTES } from '#shared/contract/ipc.ts';
import { readIntakeFile } from '#shared/intake/read-file.ts';

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
if (values.help === true || positionals.length === 0) {
  console.log('usage: npm run intake -- <file.json> … [--json]\n\nReads STIX 2.0, STIX 2.1 and MISP files as the application would; nothing is stored.');
  process.exit(values.help === true ? 0 : 2);
}

for (const file of positionals) {
  const name = path.basename(file);
  const sizeBytes = statSync(file).size;
  if (sizeBytes > MAX_INTAKE_BYTES) {
    console.error(`${name}: ${sizeBytes} bytes, the limit is ${MAX_INTAKE_BYTES}`);
    process.exitCode = 1;
    continue;
  }
  const read = readIntakeFile(readFileSync(file), name);
  if (!read.ok) {
    console.error(`${name}: ${read.error.code} ${JSON.stringify(read.error.detail ?? {})}`);
    process.exitCode = 1;
    continue;
  }
  const { format, items, folded, rejected } = read.value;
  const observables = items.reduce((sum, item) => sum + item.body.observables.length, 0);
  if (values.json === true) {
    for (const [figure, value] of Object.entries({ items: items.length, observables, folded, rejected: rejected.length })) {
      console.log(JSON.stringify({ figure: `${name} ${figure}`, value, unit: 'objects', baseline: null, ratio: null, target: null, ok: true }));
    }
  } else {
    console.log(`${name}: ${format}, ${items.length} records, ${observables} observables, ${folded} folded, ${rejected.length} left out`);
    for (const row of rejected) console.log(`  #${row.index + 1} ${row.type} ${row.id}: ${row.reason}`);
  }
}
