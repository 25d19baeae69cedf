import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { open, seal } from '../keys/sealed-box.ts';
import { replaceDurably } from './disk.ts';
import { CHUNK_BYTES, places, type VaultFolder } from './vault-folder.ts';

const sha = (digits: number) => Type.String({ pattern: `^[0-9a-f]{${digits}}$` });

/** What a sealed exhibit is made of; sealed itself, bound to its id. Version 1. */
const ManifestSchema = Type.Object(
  {
    version: Type.Literal(1),
    id: Type.String({ maxLength: 36 }),
    /** Name of the file that was added, without its folder. */
    name: Type.String({ maxLength: 1000 }),
    sizeBytes: Type.Integer({ minimum: 0 }),
    sha256: sha(64),
    sha512: sha(128),
    /** By its first bytes (media-type.ts), never by its name. */
    mediaType: Type.String({ maxLength: 100 }),
    /** Addresses in order; every chunk but the last holds CHUNK_BYTES. */
    chunks: Type.Array(sha(64)),
  },
  { additionalProperties: false },
);
export type Manifest = Static<typeof ManifestSchema>;

function aadOf(id: string): Uint8Array {
  return Buffer.from(`suar-manifest-1:${id}`);
}

/** Plaintext bytes of chunk `index` of a file. */
export function chunkLength(sizeBytes: number, index: number): number {
  return Math.min(CHUNK_BYTES, sizeBytes - index * CHUNK_BYTES);
}

/** Number of chunks of a file; none for an empty one. */
export function chunkCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / CHUNK_BYTES);
}

/** Seals and writes a manifest durably: from then on the exhibit is in the vault. */
export async function writeManifest(vault: VaultFolder, manifest: Manifest): Promise<void> {
  const { folder, disk, keys } = vault;
  await replaceDurably(disk, places.manifest(folder, manifest.id), places.items(folder), seal(keys.record, Buffer.from(JSON.stringify(manifest)), aadOf(manifest.id)));
}

/** The manifest of an exhibit; `missing` where there is none, `damaged` where it does not open or its parts do not fit each other. */
export async function readManifest({ folder, disk, keys }: VaultFolder, id: string): Promise<Manifest | 'missing' | 'damaged'> {
  const file = places.manifest(folder, id);
  if (!(await disk.facts(file))) return 'missing';
  const plain = open(keys.record, await disk.read(file), aadOf(id));
  if (!plain) return 'damaged';
  const manifest: unknown = JSON.parse(Buffer.from(plain).toString('utf8'));
  return Value.Check(ManifestSchema, manifest) && manifest.id === id && manifest.chunks.length === chunkCount(manifest.sizeBytes) ? manifest : 'damaged';
}

/** Ids of all exhibits in the vault. */
export async function manifestIds({ folder, disk }: VaultFolder): Promise<readonly string[]> {
  const names = await disk.list(places.items(folder));
  return names.filter((name) => name.endsWith('.sealed')).map((name) => name.slice(0, -'.sealed'.length));
}
