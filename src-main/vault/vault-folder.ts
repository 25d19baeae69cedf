import path from 'node:path';
import type { VaultDisk } from './disk.ts';
import type { FileHasher } from './file-hasher.ts';
import type { VaultKeys } from './vault-keys.ts';

/** Bytes of plaintext in every chunk but the last. */
export const CHUNK_BYTES = 4 * 1024 * 1024;
/** What a seal adds to a chunk: nonce and tag. */
export const SEAL_BYTES = 28;

/** A vault in use: where it lies, its keys, its disk, and where a test may cut the power. */
export interface VaultFolder {
  readonly folder: string;
  readonly keys: VaultKeys;
  readonly disk: VaultDisk;
  /** A new hasher for one file; in this thread where left out. */
  readonly createHasher?: () => FileHasher;
  /** Called at the named points of the work; tests end the process there. */
  readonly at?: (point: CrashPoint) => void;
}

/** Points between which an abrupt end must lose nothing that was acknowledged, in the order an import meets them. */
export const CRASH_POINTS = ['job-made', 'chunk-written', 'chunk-named', 'batch-synced', 'batch-noted', 'all-noted', 'manifest-written', 'job-settled'] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Places in a vault's folder. No name in it comes from an exhibit. */
export const places = {
  chunks: (folder: string) => path.join(folder, 'chunks'),
  /** 256 sub-folders, so that no folder grows large. */
  chunkFolder: (folder: string, address: string) => path.join(folder, 'chunks', address.slice(0, 2)),
  chunk: (folder: string, address: string) => path.join(folder, 'chunks', address.slice(0, 2), address),
  temporary: (folder: string) => path.join(folder, 'tmp'),
  items: (folder: string) => path.join(folder, 'items'),
  manifest: (folder: string, id: string) => path.join(folder, 'items', `${id}.sealed`),
  jobs: (folder: string) => path.join(folder, 'jobs'),
  job: (folder: string, id: string) => path.join(folder, 'jobs', `${id}.job`),
  jobLog: (folder: string, id: string) => path.join(folder, 'jobs', `${id}.log`),
  exportNote: (folder: string, id: string) => path.join(folder, 'jobs', `${id}.export`),
} as const;

/** Makes the folders of a vault. */
export async function makeVaultFolders({ folder, disk }: VaultFolder): Promise<void> {
  for (const place of [places.chunks(folder), places.temporary(folder), places.items(folder), places.jobs(folder)]) await disk.makeFolder(place);
}
