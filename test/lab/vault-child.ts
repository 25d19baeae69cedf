/** Imports one file into a vault and ends itself with SIGKILL at the n-th passing of a named point. Arguments: folder, source, id, point, n. */
import path from 'node:path';
import { nodeDisk } from '../../src-main/vault/disk.ts';
import { runJob } from '../../src-main/vault/run-job.ts';
import { deriveVaultKeys } from '../../src-main/vault/vault-keys.ts';

const [folder = '', source = '', id = '', point = '', nth = '1'] = process.argv.slice(2);
let left = Number(nth);
const vault = {
  folder,
  keys: deriveVaultKeys(new Uint8Array(32).fill(7)),
  disk: nodeDisk,
  at: (passed: string): void => {
    if (passed === point && --left === 0) process.kill(process.pid, 'SIGKILL');
  },
};
const signal = new AbortController().signal;
const quiet = (): void => undefined;
const begun = await runJob(vault, { kind: 'unfinished', first: true }, signal, quiet);
const isKnown = begun.ok && begun.value.some(({ job }) => job === id);
const added = isKnown
  ? await runJob(vault, { kind: 'import', id }, signal, quiet)
  : await runJob(vault, { kind: 'begin', id, source, name: path.basename(source), note: 'words of a witness' }, signal, quiet);
// What stands here was acknowledged: the test holds the vault to it.
if (added.ok) process.stdout.write(`${JSON.stringify(added.value)}\n`);
await runJob(vault, { kind: 'settle', id }, signal, quiet);
