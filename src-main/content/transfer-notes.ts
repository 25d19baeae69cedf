import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { ReceiveContentSchema, SendContentSchema } from '#shared/contract/transfers.ts';
import { UuidSchema } from '#shared/schema/record.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { open, seal } from '../keys/sealed-box.ts';

const { reader: _reader, ...sent } = SendContentSchema.properties;
const state = {
  content: UuidSchema,
  /** Content key, 32 bytes, base64; empty before it is known. */
  key: Type.String({ maxLength: 44 }),
  paused: Type.Boolean(),
  /** All is at the hub, or in this vault. */
  done: Type.Boolean(),
  /** The window needs it no more, or the officer gave it up. */
  settled: Type.Boolean(),
  /** The hub was told that this device is done. */
  ended: Type.Boolean(),
} as const;

const strict = { additionalProperties: false } as const;
const SendNoteSchema = Type.Object({ way: Type.Literal('send'), ...sent, ...state, readers: Type.Array(UuidSchema, { minItems: 1, maxItems: 50 }) }, strict);
const ReceiveNoteSchema = Type.Object({ way: Type.Literal('receive'), ...ReceiveContentSchema.properties, ...state }, strict);
export type SendNote = Static<typeof SendNoteSchema>;
export type ReceiveNote = Static<typeof ReceiveNoteSchema>;
export type TransferNote = SendNote | ReceiveNote;

/** What may change about a note. */
export type NoteChange = Partial<Pick<TransferNote, 'key' | 'paused' | 'done' | 'settled' | 'ended'>>;

const NotesSchema = Type.Array(Type.Union([SendNoteSchema, ReceiveNoteSchema]), { maxItems: 1000 });
const AAD = Buffer.from('suar-transfers-1');

/** What a device must remember of contents on their way, in one sealed file: after an abrupt end each goes on where it was. */
export interface TransferNotes {
  readonly all: () => readonly TransferNote[];
  readonly find: (content: string) => TransferNote | undefined;
  /** Puts a note in the place of the one of its content; durable when it returns. */
  readonly put: (note: TransferNote) => void;
  /** Changes what is said of a content that is still noted. */
  readonly change: (content: string, change: NoteChange) => void;
  readonly drop: (content: string) => void;
  /** Zeroes the key. */
  readonly close: () => void;
}

/** Opens the notes in `file` under `key` (32 bytes, owned by it from now on); a file that does not open begins empty. */
export function openTransferNotes(file: string, key: Uint8Array): TransferNotes {
  let notes = read(file, key);
  let isClosed = false;
  const write = (next: readonly TransferNote[]): void => {
    if (isClosed) return;
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeDurably(file, seal(key, Buffer.from(JSON.stringify(next)), AAD));
    notes = next;
  };
  return {
    all: () => notes,
    find: (content) => notes.find((note) => note.content === content),
    put: (note) => write([...notes.filter(({ content }) => content !== note.content), note]),
    change: (content, change) => write(notes.map((note) => (note.content === content ? { ...note, ...change } : note))),
    drop: (content) => write(notes.filter((note) => note.content !== content)),
    close: () => {
      isClosed = true;
      key.fill(0);
    },
  };
}

function read(file: string, key: Uint8Array): readonly TransferNote[] {
  const plain = existsSync(file) ? open(key, readFileSync(file), AAD) : undefined;
  const notes: unknown = plain ? JSON.parse(Buffer.from(plain).toString('utf8')) : undefined;
  return Value.Check(NotesSchema, notes) ? notes : [];
}
