import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { open, seal } from '../keys/sealed-box.ts';
import { replaceDurably } from './disk.ts';
import { places, type VaultFolder } from './vault-folder.ts';

/**
 * An import under way, kept so that it goes on after an abrupt end: a header (what is added, from where) and a log of the chunks
 * that are durable. The log is a row of sealed entries of 60 bytes, each bound to job, generation and position, so a torn end is
 * told from a whole entry and entries cannot be reordered. Hash states are not kept: the part of the source that was sealed is
 * read and hashed again on resume, which also proves that it is still the same file (docs/adr/0015).
 */
const JobSchema = Type.Object(
  {
    version: Type.Literal(1),
    id: Type.String({ maxLength: 36 }),
    /** Full path of the source; it never leaves main. */
    source: Type.String({ maxLength: 10_000 }),
    name: Type.String({ maxLength: 1000 }),
    sizeBytes: Type.Integer({ minimum: 0 }),
    /** Last change of the source, ms since 1970. */
    modifiedMs: Type.Integer(),
    /** Counts up when the import starts again because its source changed: entries of an older log no longer open. */
    generation: Type.Integer({ minimum: 1 }),
    /** Digest its content must have, where another unit sent it: then nobody asks to resume or discard it (listUnfinished). */
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
    /** What the window wants back with it, e.g. the fields of the exhibit. */
    note: Type.String({ maxLength: 100_000 }),
  },
  { additionalProperties: false },
);
export type ImportJob = Static<typeof JobSchema>;

const ADDRESS_BYTES = 32;
const ENTRY_BYTES = ADDRESS_BYTES + 28;

const headerAad = (id: string) => Buffer.from(`suar-import-1:${id}`);
const entryAad = (job: ImportJob, index: number) => Buffer.from(`suar-import-log-1:${job.id}:${job.generation}:${index}`);

/** Writes the header durably. */
export async function writeJob({ folder, disk, keys }: VaultFolder, job: ImportJob): Promise<void> {
  await replaceDurably(disk, places.job(folder, job.id), places.jobs(folder), seal(keys.record, Buffer.from(JSON.stringify(job)), headerAad(job.id)));
}

/** The header of an import, or undefined where there is none or it does not open. */
export async function readJob({ folder, disk, keys }: VaultFolder, id: string): Promise<ImportJob | undefined> {
  const file = places.job(folder, id);
  if (!(await disk.facts(file))) return undefined;
  const plain = open(keys.record, await disk.read(file), headerAad(id));
  const job: unknown = plain && JSON.parse(Buffer.from(plain).toString('utf8'));
  return Value.Check(JobSchema, job) && job.id === id ? job : undefined;
}

/** Ids of all imports that are not settled. */
export async function jobIds({ folder, disk }: VaultFolder): Promise<readonly string[]> {
  const names = await disk.list(places.jobs(folder));
  return names.filter((name) => name.endsWith('.job')).map((name) => name.slice(0, -'.job'.length));
}

/** Notes the addresses of chunks that are durable, `from` being the position of the first; on the medium when it resolves. */
export async function noteChunks({ folder, disk, keys }: VaultFolder, job: ImportJob, from: number, addresses: readonly string[]): Promise<void> {
  const entries = addresses.map((address, i) => seal(keys.record, Buffer.from(address, 'hex'), entryAad(job, from + i)));
  await disk.append(places.jobLog(folder, job.id), Buffer.concat(entries));
}

/** Addresses of the chunks that are durable, in order; a torn end is left out. Changes nothing. */
export async function readLog({ folder, disk, keys }: VaultFolder, job: ImportJob): Promise<readonly string[]> {
  const file = places.jobLog(folder, job.id);
  if (!(await disk.facts(file))) return [];
  const log = await disk.read(file);
  const addresses: string[] = [];
  for (let at = 0; at + ENTRY_BYTES <= log.length; at += ENTRY_BYTES) {
    const address = open(keys.record, log.subarray(at, at + ENTRY_BYTES), entryAad(job, addresses.length));
    if (!address) break;
    addresses.push(Buffer.from(address).toString('hex'));
  }
  return addresses;
}

/** {@link readLog} for the one import that goes on: cuts a torn end off, so that the next entry follows a whole one. */
export async function mendLog(vault: VaultFolder, job: ImportJob): Promise<readonly string[]> {
  const file = places.jobLog(vault.folder, job.id);
  const addresses = await readLog(vault, job);
  const whole = addresses.length * ENTRY_BYTES;
  const facts = await vault.disk.facts(file);
  if (facts && facts.sizeBytes > whole) await replaceDurably(vault.disk, file, places.jobs(vault.folder), (await vault.disk.read(file)).subarray(0, whole));
  return addresses;
}

/** Begins again: a new generation for the source as it is now. */
export async function restartJob(vault: VaultFolder, job: ImportJob, facts: { readonly sizeBytes: number; readonly modifiedMs: number }): Promise<void> {
  await writeJob(vault, { ...job, ...facts, generation: job.generation + 1 });
  await vault.disk.remove(places.jobLog(vault.folder, job.id));
}

/** Removes an import's files; the header last, so that an abrupt end in between leaves a job that can be removed again. */
export async function removeJob({ folder, disk }: VaultFolder, id: string): Promise<void> {
  await disk.remove(places.jobLog(folder, id));
  await disk.remove(places.job(folder, id));
  await disk.syncFolder(places.jobs(folder));
}
