import { existsSync, readFileSync } from 'node:fs';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { open, seal } from '../keys/sealed-box.ts';

const AAD = Buffer.from('suar-courier-1');
const strict = { additionalProperties: false } as const;
const MemorySchema = Type.Object(
  {
    /** Number of the newest request made, 0 before the first. */
    seq: Type.Integer({ minimum: 0 }),
    made: Type.Union([Type.Null(), Type.Object({ name: Type.String(), at: Type.String(), rows: Type.Integer(), sizeBytes: Type.Integer() }, strict)]),
    /** Request whose answer was read last, 0 before the first. */
    answered: Type.Integer({ minimum: 0 }),
    read: Type.Union([Type.Null(), Type.Object({ at: Type.String() }, strict)]),
  },
  strict,
);

/** What a device remembers of its bundles. */
export type CourierMemory = Static<typeof MemorySchema>;

/** The memory in a file, sealed on disk. */
export interface CourierMemoryFile {
  readonly get: () => CourierMemory;
  /** On disk when it returns. Throws the error of the system. */
  readonly set: (next: CourierMemory) => void;
  /** Zeroes the key; what is set afterwards is not kept. */
  readonly close: () => void;
}

const NOTHING: CourierMemory = { seq: 0, made: null, answered: 0, read: null };

/** Opens the memory in `file` under `key` (32 bytes, owned by it from now on); one that is missing or does not open is empty. */
export function openCourierMemory(file: string, key: Uint8Array): CourierMemoryFile {
  const plain = existsSync(file) ? open(key, readFileSync(file), AAD) : undefined;
  const stored: unknown = plain ? fromCbor(plain) : undefined;
  let memory: CourierMemory = Value.Check(MemorySchema, stored) ? stored : NOTHING;
  let isClosed = false;
  return {
    get: () => memory,
    set: (next) => {
      if (isClosed) return;
      writeDurably(file, seal(key, toCbor(next), AAD));
      memory = next;
    },
    close: () => {
      isClosed = true;
      key.fill(0);
    },
  };
}
