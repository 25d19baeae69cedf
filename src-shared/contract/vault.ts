/** What crosses between window, main and the vault's helper process. No path and no byte of an exhibit is among it. */

/** A file the officer chose in main's dialog. The path stays in main, under the token. */
export interface ChosenFile {
  readonly token: string;
  readonly name: string;
  readonly sizeBytes: number;
}

/** A sealed exhibit. Digests are of the whole file, lower-case hexadecimal. */
export interface VaultItem {
  readonly vaultId: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly sha512: string;
  readonly mediaType: string;
}

/** An import the window has not settled: `item` is null while bytes are missing. */
export interface UnfinishedImport {
  readonly job: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** Durable in the vault. */
  readonly doneBytes: number;
  /** What the window gave when it began. */
  readonly note: string;
  readonly item: VaultItem | null;
}

/** What a check of an exhibit found. `intact`: every seal and address holds and both digests are those of the day it was sealed. */
export type VaultCheckState = 'intact' | 'chunks-damaged' | 'hash-differs' | 'manifest-missing' | 'manifest-damaged';
export interface VaultCheck {
  readonly state: VaultCheckState;
  /** Chunks the exhibit has. */
  readonly chunks: number;
  readonly faultCount: number;
  /** The first faulty chunks; `chunk` counts from 1. */
  readonly faults: readonly { readonly chunk: number; readonly kind: 'missing' | 'damaged' }[];
  readonly sha256: string;
  readonly sha512: string;
}

/** A file that was exported, without its folder. */
export interface VaultExport {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly sha512: string;
}

/** How far a job of the vault has come. */
export interface VaultProgress {
  readonly job: string;
  readonly stage: 'checking' | 'sealing' | 'verifying' | 'exporting';
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Milliseconds since the first byte of this stage, and the bytes done before it: what the time left is told from. */
  readonly elapsedMs: number;
  readonly startedAtBytes: number;
}
