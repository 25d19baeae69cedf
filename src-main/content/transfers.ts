import { randomBytes, randomUUID } from 'node:crypto';
import { err, ok, type Result } from '#shared/base/result.ts';
import { sealedContentBytes } from '#shared/contract/content.ts';
import type { AppError, ErrorCode } from '#shared/contract/errors.ts';
import type { ContentTransfer, ReceiveContent, SendContent } from '#shared/contract/transfers.ts';
import { systemCode, toDiskError } from '../disk-failure.ts';
import { VaultFailure } from '../vault/failure.ts';
import { partBytes, removePart } from './part-file.ts';
import { closeLive, createLive, partPath, receiveStep, sendStep, type LiveTransfer, type StepContext } from './steps.ts';
import type { TransferNote } from './transfer-notes.ts';

/** Contents on their way to and from this device. Lives from unlock to lock; what is not finished goes on at the next unlock. */
export interface Transfers {
  readonly list: () => readonly ContentTransfer[];
  /** Sends an exhibit to one more device; answers the content's name at the hub, the same while one is on its way. */
  readonly send: (request: SendContent) => Result<{ readonly content: string }, AppError>;
  readonly receive: (request: ReceiveContent) => Result<null, AppError>;
  readonly pause: (content: string, paused: boolean) => void;
  /** Gives a transfer up: takes it back from the hub, removes what came. */
  readonly cancel: (content: string) => Promise<void>;
  /** The window has written down that it is done. */
  readonly settle: (content: string) => Promise<Result<null, AppError>>;
  /** Ends the work and forgets the keys. */
  readonly close: () => void;
}

export interface TransferOptions extends StepContext {
  /** Removes what a given-up import left in the vault. */
  readonly discard: (vaultId: string) => Promise<Result<null, AppError>>;
  /** The import of a received content is over. */
  readonly settleImport: (vaultId: string) => Promise<Result<null, AppError>>;
  readonly onChange: (list: readonly ContentTransfer[]) => void;
}

/** Least time between two reports to the window, in milliseconds. */
const REPORT_MS = 250;
/** Failures that pass: the line, a busy hub, other work in the vault. */
const PASSING: readonly ErrorCode[] = ['hub-unreachable', 'hub-busy', 'line-held', 'hub-garbage', 'not-enrolled', 'certificate-ended', 'vault-busy', 'vault-stopped', 'locked', 'device-unadmitted'];

/** Creates {@link Transfers} and goes on with what is noted: one request at a time, the transfers in turn. */
export function createTransfers(options: TransferOptions): Transfers {
  const { notes, pace, lane, now, waitMs } = options;
  const lives = new Map<string, LiveTransfer>();
  let isClosed = false;
  let isWorking = false;
  let timer: NodeJS.Timeout | undefined;
  let report: NodeJS.Timeout | undefined;
  let turn = 0;

  const liveOf = (content: string): LiveTransfer => {
    const live = lives.get(content) ?? createLive();
    lives.set(content, live);
    return live;
  };
  const isRunnable = (note: TransferNote): boolean => !note.paused && (note.settled || !note.done || (note.way === 'receive' && !note.ended));
  const changed = (): void => {
    report ??= setTimeout(() => {
      report = undefined;
      if (!isClosed) options.onChange(list());
    }, REPORT_MS);
  };
  const list = (): ContentTransfer[] =>
    notes
      .all()
      .filter(({ settled }) => !settled)
      .map((note) => toTransfer(note, liveOf(note.content), pace.rate(), now()));

  /** One request of one transfer. */
  const step = async (note: TransferNote, live: LiveTransfer): Promise<void> => {
    if (note.settled || note.done) {
      const ended = await lane.end({ id: note.content, owner: note.owner });
      if (!ended.ok && ended.error.code !== 'content-gone') throw new VaultFailure(ended.error.code);
      if (notes.find(note.content)?.settled) drop(note.content);
      else notes.change(note.content, { ended: true });
      return;
    }
    await (note.way === 'send' ? sendStep(options, note, live) : receiveStep(options, note, live));
    live.error = null;
  };
  const failed = (note: TransferNote, live: LiveTransfer, error: unknown): void => {
    closeLive(live);
    const told: AppError = error instanceof VaultFailure ? error.error : systemCode(error) === '' ? { code: 'unexpected' } : toDiskError(error);
    if (PASSING.includes(told.code)) {
      live.notBefore = now() + waitMs;
      return;
    }
    if (note.settled) return drop(note.content);
    live.error = told;
    notes.change(note.content, { paused: true });
  };
  const drop = (content: string): void => {
    closeLive(liveOf(content));
    lives.delete(content);
    notes.drop(content);
  };
  const work = async (): Promise<void> => {
    if (isWorking || isClosed) return;
    isWorking = true;
    clearTimeout(timer);
    try {
      for (;;) {
        const runnable = notes.all().filter(isRunnable);
        const ready = runnable.filter(({ content }) => liveOf(content).notBefore <= now());
        const note = ready[turn++ % Math.max(1, ready.length)];
        if (isClosed || !note) {
          const next = Math.min(...runnable.map(({ content }) => liveOf(content).notBefore));
          if (!isClosed && runnable.length > 0) timer = setTimeout(run, Math.max(50, next - now()));
          return;
        }
        const live = liveOf(note.content);
        await step(note, live).catch((error: unknown) => isClosed || failed(note, live, error));
        changed();
        await new Promise((resolve) => setTimeout(resolve, pace.gapMs()));
      }
    } finally {
      isWorking = false;
    }
  };
  /** A disk that refuses what must be noted is tried again. */
  const run = (): void =>
    void work().catch(() => {
      if (!isClosed) timer = setTimeout(run, waitMs);
    });
  const start = (): void => {
    changed();
    clearTimeout(timer);
    // not within the call that asked for it
    timer = setTimeout(run, 0);
  };
  const fresh = { key: '', paused: false, done: false, settled: false, ended: false } as const;

  for (const note of notes.all()) if (note.way === 'receive') liveOf(note.content).doneBytes = partBytes(partPath(options, note.content));
  start();
  return {
    list,
    send: ({ reader, ...request }) => {
      const running = notes.all().find((note) => note.way === 'send' && note.exhibit === request.exhibit && !note.settled && !note.done);
      if (running?.way === 'send') {
        closeLive(liveOf(running.content));
        notes.put({ ...running, readers: [...new Set([...running.readers, reader])] });
        start();
        return ok({ content: running.content });
      }
      const content = randomUUID();
      notes.put({ way: 'send', ...request, ...fresh, content, readers: [reader], key: randomBytes(32).toString('base64') });
      start();
      return ok({ content });
    },
    receive: (request) => {
      const known = notes.find(request.content);
      if (known && known.exhibit !== request.exhibit) return err({ code: 'bad-request' });
      if (!known) notes.put({ way: 'receive', ...request, ...fresh });
      start();
      return ok(null);
    },
    pause: (content, paused) => {
      const note = notes.find(content);
      if (!note || note.done || note.settled) return;
      Object.assign(liveOf(content), { error: null, notBefore: 0, idle: 0, damaged: 0 } satisfies Partial<LiveTransfer>);
      notes.change(content, { paused });
      start();
    },
    cancel: async (content) => {
      const note = notes.find(content);
      // what is in the vault, or just going in, is an exhibit and not given up
      if (!note || (note.way === 'receive' && (note.done || liveOf(content).isSealing))) return;
      notes.change(content, { settled: true, paused: false });
      liveOf(content).notBefore = 0;
      closeLive(liveOf(content));
      if (note.way === 'receive') {
        await removePart(partPath(options, content));
        await options.discard(note.vaultId);
      }
      start();
    },
    settle: async (content) => {
      const note = notes.find(content);
      if (!note) return ok(null);
      if (!note.done) return err({ code: 'bad-request' });
      if (note.way === 'receive') {
        const settled = await options.settleImport(note.vaultId);
        if (!settled.ok) return settled;
      }
      // what the hub still has of a sent content is for readers who have not fetched it: it is theirs
      if (note.way === 'send' || notes.find(content)?.ended) drop(content);
      else notes.change(content, { settled: true });
      start();
      return ok(null);
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      clearTimeout(report);
      for (const live of lives.values()) closeLive(live);
      notes.close();
    },
  };
}

function toTransfer(note: TransferNote, live: LiveTransfer, rate: number | undefined, now: number): ContentTransfer {
  const totalBytes = sealedContentBytes(note.sizeBytes);
  const doneBytes = note.done ? totalBytes : live.doneBytes;
  const stage = note.done ? 'done' : note.paused ? 'paused' : live.isSealing ? 'sealing' : live.notBefore > now || doneBytes === 0 ? 'waiting' : 'going';
  return {
    content: note.content,
    way: note.way,
    exhibit: note.exhibit,
    name: note.name,
    stage,
    doneBytes,
    totalBytes,
    secondsLeft: stage === 'going' && rate !== undefined && rate > 0 ? Math.ceil((totalBytes - doneBytes) / rate) : null,
    error: live.error,
  };
}
