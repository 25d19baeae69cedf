import path from 'node:path';
import { CONTENT_REV, PIECE_BYTES, sealedContentBytes, type ContentFrame } from '#shared/contract/content.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Result } from '#shared/base/result.ts';
import { unwrapContentKey, wrapContentKey, type BucketKeys } from '../link/sealing.ts';
import { VaultFailure } from '../vault/failure.ts';
import { readManifest } from '../vault/manifest.ts';
import type { ReceivedPart } from '../vault/receive.ts';
import type { VaultFolder } from '../vault/vault-folder.ts';
import type { ContentLane } from './lane.ts';
import type { Pace } from './pace.ts';
import { openPart, removePart, type PartFile } from './part-file.ts';
import { openSealedSource, type SealedSource } from './sealed-source.ts';
import type { ReceiveNote, SendNote, TransferNote, TransferNotes } from './transfer-notes.ts';

/** What steps work with. */
export interface StepContext {
  readonly folder: string;
  readonly vault: VaultFolder;
  readonly lane: ContentLane;
  readonly notes: TransferNotes;
  readonly pace: Pace;
  /** Undefined before the device is admitted. */
  readonly keys: () => BucketKeys | undefined;
  readonly bringIn: (content: string, part: ReceivedPart) => Promise<Result<unknown, AppError>>;
  readonly now: () => number;
  /** First wait for the other side, in milliseconds; every further one is twice as long, up to thirty times this. */
  readonly waitMs: number;
}

/** A transfer at work, in memory only. */
export interface LiveTransfer {
  source?: SealedSource;
  part?: PartFile;
  doneBytes: number;
  /** Not before this, by `now`. */
  notBefore: number;
  /** Rounds without a byte; each doubles the wait. */
  idle: number;
  /** How often the piece that ends at `damagedEnd` came damaged. */
  damaged: number;
  damagedEnd: number;
  isSealing: boolean;
  error: AppError | null;
}

/** A transfer that has not begun since the profile was opened. */
export function createLive(): LiveTransfer {
  return { doneBytes: 0, notBefore: 0, idle: 0, damaged: 0, damagedEnd: 0, isSealing: false, error: null };
}

/** An officer who pauses what ends at that moment has nothing left to pause: the hub is told all the same. */
const DONE = { done: true, paused: false } as const;
const MOST_DOUBLINGS = 5;
/** Times a piece may come damaged before the transfer is given back to the officer. */
const DAMAGED_MOST = 3;

/** The frame that binds the pieces of a transfer. */
export function frameOf({ content, exhibit, owner, sizeBytes }: TransferNote): ContentFrame {
  return { id: content, exhibit, owner, sizeBytes };
}

/** Where a content on its way in is kept. */
export function partPath({ folder }: Pick<StepContext, 'folder'>, content: string): string {
  return path.join(folder, `${content}.part`);
}

/** Forgets what a transfer holds open; it goes on from the disk and from what the hub says. */
export function closeLive(live: LiveTransfer): void {
  live.source?.close();
  live.part?.close();
  delete live.source;
  delete live.part;
}

function demand<T>(answer: Result<T, AppError>): T {
  if (!answer.ok) throw new VaultFailure(answer.error.code, answer.error.detail);
  return answer.value;
}

function waitLonger({ now, waitMs }: StepContext, live: LiveTransfer): void {
  live.notBefore = now() + waitMs * 2 ** live.idle;
  live.idle = Math.min(live.idle + 1, MOST_DOUBLINGS);
}

/** Sends one part, or makes the offer first. Throws {@link VaultFailure} with what stands in the way. */
export async function sendStep(context: StepContext, note: SendNote, live: LiveTransfer): Promise<void> {
  const { lane, notes, pace } = context;
  const key = Buffer.from(note.key, 'base64');
  if (!live.source) {
    const manifest = await readManifest(context.vault, note.vaultId);
    if (typeof manifest === 'string' || manifest.sha256 !== note.sha256 || manifest.sizeBytes !== note.sizeBytes) throw new VaultFailure('vault-damaged', { name: note.name });
    const keys = context.keys();
    const wrapped = keys?.own ? wrapContentKey(key, note.content, CONTENT_REV, note.audience, keys) : undefined;
    if (!wrapped) throw new VaultFailure('device-unadmitted');
    if ('missing' in wrapped) throw new VaultFailure('key-missing');
    const offered = demand(await lane.offer({ id: note.content, record: note.exhibit, sizeBytes: sealedContentBytes(note.sizeBytes), wraps: wrapped.wraps, readers: [...note.readers] }));
    live.doneBytes = offered.received;
    live.source = openSealedSource(context.vault, manifest, frameOf(note), key);
  }
  const { source } = live;
  if (live.doneBytes < source.sizeBytes) {
    const bytes = await source.read(live.doneBytes, pace.length());
    const since = context.now();
    const received = demand(await lane.put(note.content, live.doneBytes, bytes));
    pace.told(bytes.length, context.now() - since);
    if (received > source.sizeBytes) throw new VaultFailure('hub-garbage');
    live.doneBytes = received;
  }
  if (live.doneBytes === source.sizeBytes) {
    closeLive(live);
    const latest = notes.find(note.content);
    // a reader added meanwhile is offered in the next step
    if (latest?.way === 'send' && latest.readers.length === note.readers.length) notes.change(note.content, DONE);
  }
}

/** Fetches one part, or asks what there is first; brings the whole into the vault at the end. Throws {@link VaultFailure} with what stands in the way. */
export async function receiveStep(context: StepContext, note: ReceiveNote, live: LiveTransfer): Promise<void> {
  const { lane, notes, pace } = context;
  if (note.key === '') {
    const keys = context.keys();
    const state = await lane.state({ id: note.content, owner: note.owner });
    // agreed, but the other side's offer is not at the hub yet
    if (!state.ok && state.error.code === 'content-gone') return waitLonger(context, live);
    const { record, sizeBytes, wraps } = demand(state);
    const key = keys && unwrapContentKey({ id: note.content, rev: CONTENT_REV, wraps }, keys);
    if (!key) throw new VaultFailure('key-missing');
    if (record !== note.exhibit || sizeBytes !== sealedContentBytes(note.sizeBytes)) throw new VaultFailure('content-differs', { name: note.name });
    notes.change(note.content, { key: Buffer.from(key).toString('base64') });
    live.idle = 0;
    return;
  }
  const key = Buffer.from(note.key, 'base64');
  live.part ??= await openPart(partPath(context, note.content), frameOf(note), key);
  const { part } = live;
  if (!part.isWhole()) await fetchPart(context, note, live, part);
  live.doneBytes = part.size();
  if (!part.isWhole()) return;
  part.flush();
  closeLive(live);
  live.isSealing = true;
  try {
    demand(await context.bringIn(note.content, { id: note.vaultId, name: note.name, part: partPath(context, note.content), frame: frameOf(note), key, sha256: note.sha256 }));
  } finally {
    live.isSealing = false;
  }
  notes.change(note.content, DONE);
  await removePart(partPath(context, note.content));
  pace.told(0, 0);
}

async function fetchPart(context: StepContext, note: ReceiveNote, live: LiveTransfer, part: PartFile): Promise<void> {
  const { lane, pace, now } = context;
  const [before, since] = [part.size(), now()];
  let isGood = true;
  const answer = await lane.get({ id: note.content, owner: note.owner }, before, pace.length(), (bytes) => (isGood &&= part.take(bytes)));
  // what came before a cut is kept, whatever the answer
  const came = part.size() - before;
  live.doneBytes = part.size();
  if (part.size() >= live.damagedEnd) live.damaged = 0;
  if (!isGood) {
    live.damagedEnd = part.size() + PIECE_BYTES;
    if (++live.damaged >= DAMAGED_MOST) throw new VaultFailure('content-differs', { name: note.name });
  }
  demand(answer);
  pace.told(Math.max(0, came), now() - since);
  if (came !== 0) live.idle = 0;
  else if (isGood) waitLonger(context, live);
}
