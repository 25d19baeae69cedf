import { createHash, randomUUID, sign, X509Certificate } from 'node:crypto';
import path from 'node:path';
import { err, ok, type Result } from '#shared/base/result.ts';
import { BUNDLE_LIFE_MS, type BundleHead, type CourierAnswer, type CourierMade, type CourierState } from '#shared/contract/bundle.ts';
import { BundleError } from '#shared/contract/bundle-file.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest, PullResult, PushResult } from '#shared/contract/ipc.ts';
import type { Directory } from '#shared/contract/sync.ts';
import { systemCode } from '../disk-failure.ts';
import { privateKeyOf, type HubBinding, type Identity } from '../keys/identity.ts';
import { hubCursor, keyGeneration, sealRows, type RowContext } from '../link/exchange.ts';
import { signRows, verifySignature } from '../link/signing.ts';
import { unitPrivateKeys } from '../link/unit-secret.ts';
import { sealFor } from './courier-crypto.ts';
import type { CourierMemoryFile } from './courier-memory.ts';
import { makeRequest, type RequestWriter } from './make-request.ts';
import { readAnswerFor, type Answer } from './read-answer.ts';
import { bookOf, openAll, pushFrom, type ReceiptBook } from './receipt-book.ts';
import { standingOf } from './standing.ts';

/** What the courier needs of the link. */
export interface CourierContext extends RowContext {
  readonly memory: CourierMemoryFile;
  /** Takes in what an answer brings of the directory and the keys. */
  readonly takeDirectory: (answer: Pick<Answer, 'directory' | 'keys' | 'made'>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** When the directory came to be as it is, by the hub's clock; milliseconds since 1970, 0 where that is not known. */
  readonly directoryAsOf: () => number;
}

/** Makes bundles for the hub and answers sync from the hub's answers (contract/bundle.ts). */
export interface Courier {
  readonly begin: (file: string, at: IpcRequest<'courier.begin'>) => Result<null, AppError>;
  readonly add: (request: IpcRequest<'link.push'>) => Result<null, AppError>;
  readonly finish: () => Result<CourierMade, AppError>;
  readonly cancel: () => void;
  readonly open: (file: string) => Promise<Result<CourierAnswer, AppError>>;
  readonly pull: (request: IpcRequest<'link.pull'>) => Promise<Result<PullResult, AppError>>;
  readonly push: (request: IpcRequest<'link.push'>) => Promise<Result<PushResult, AppError>>;
  readonly close: (taken: boolean) => Result<null, AppError>;
  readonly state: () => CourierState;
  /** Ends whatever is open and forgets. */
  readonly end: () => void;
}

const NOT_SAVED = (file: string) => err({ code: 'bundle-not-saved', detail: { name: path.basename(file) } } as const);

/** First 10 bytes of SHA-256 of the hub's CA certificate, as bundles name a hub. */
function hubPin({ ca }: HubBinding): string {
  return createHash('sha256').update(new X509Certificate(ca).raw).digest('hex').slice(0, 20);
}

/** Who this device is in a directory; undefined where it is not there or was revoked: what is for its unit is not for it. */
function ownPlace({ devices }: Directory, deviceId: string): Directory['self'] | undefined {
  const own = devices.find(({ id }) => id === deviceId);
  return own && !own.revoked ? { device: own.id, unit: own.unit, role: own.role } : undefined;
}

/** What a failure to read means: the bundle's own problem, or that the file cannot be read. */
function toProblem(error: unknown, file: string): AppError {
  if (error instanceof BundleError) return { code: error.code, detail: { name: path.basename(file) } };
  if (systemCode(error) === '') throw error;
  return { code: 'bundle-unreadable', detail: { name: path.basename(file) } };
}

/** Creates the courier of an unlocked profile. */
export function createCourier(context: CourierContext): Courier {
  const { memory } = context;
  let making: { readonly writer: RequestWriter; readonly file: string; readonly seq: number; rows: number; refused: number } | undefined;
  let answer: (Answer & { readonly book: ReceiptBook }) | undefined;

  const cancel = (): void => {
    making?.writer.abandon();
    making = undefined;
  };
  const written = <T>(run: (current: NonNullable<typeof making>) => T): Result<T, AppError> => {
    const current = making;
    if (!current) return err({ code: 'bad-request' });
    try {
      return ok(run(current));
    } catch (error) {
      making = undefined;
      if (systemCode(error) === '') throw error;
      return NOT_SAVED(current.file);
    }
  };
  const closeAnswer = (): void => {
    answer?.close();
    answer = undefined;
  };

  return {
    begin: (file, { cursor, epoch }) => {
      const identity = context.identity();
      if (!identity.hub) return err({ code: 'not-enrolled' });
      if (!identity.unitConfirmed) return err({ code: 'device-unadmitted' });
      const hub = context.directory()?.hub;
      const seal = hub && sealFor(hub.boxKey);
      if (!seal) return err({ code: 'bundle-hub-unknown' });
      cancel();
      const made = context.now();
      const seq = memory.get().seq + 1;
      const head: BundleHead = {
        t: 'head',
        kind: 'request',
        id: randomUUID(),
        device: identity.deviceId,
        seq,
        hub: hubPin(identity.hub),
        made,
        expires: made + BUNDLE_LIFE_MS,
        epoch,
        cursor: hubCursor(cursor, keyGeneration(identity)).hub,
      };
      try {
        // The number is spent before the file exists: two bundles never share one.
        memory.set({ ...memory.get(), seq });
        making = { writer: makeRequest(file, seal, head), file, seq, rows: 0, refused: 0 };
        return ok(null);
      } catch (error) {
        if (systemCode(error) === '') throw error;
        return NOT_SAVED(file);
      }
    },
    add: (request) => {
      const sealed = sealRows(request, context);
      if (!sealed.ok) return sealed;
      return written((current) => {
        current.writer.add(signRows(sealed.value.rows, privateKeyOf(context.identity().signKey)));
        current.rows += sealed.value.rows.length;
        current.refused += sealed.value.rejected.length;
        return null;
      });
    },
    finish: () =>
      written((current) => {
        const signKey = privateKeyOf(context.identity().signKey);
        const sizeBytes = current.writer.end((bytes) => sign(null, bytes, signKey));
        making = undefined;
        const { rows, refused, file } = current;
        const name = path.basename(file);
        try {
          memory.set({ ...memory.get(), made: { name, at: new Date(context.now()).toISOString(), rows, sizeBytes } });
        } catch (error) {
          // the file is whole and good, and its number was spent before: only what the sync centre says of it is that of the one before
          if (systemCode(error) === '') throw error;
        }
        return { name, sizeBytes, rows, refused };
      }),
    cancel,
    open: async (file) => {
      closeAnswer();
      const identity = context.identity();
      const { hub } = identity;
      const known = context.directory()?.hub;
      if (!hub) return err({ code: 'not-enrolled' });
      if (!known) return err({ code: 'bundle-hub-unknown' });
      // An answer to a request this device never made was made for a copy of it.
      const isAnswer = ({ kind, device, seq }: BundleHead) => kind === 'answer' && device === identity.deviceId && seq <= memory.get().seq;
      const isDelivery = ({ kind, unit }: BundleHead) => kind === 'delivery' && unit === hub.unit;
      try {
        const read = await readAnswerFor(file, [privateKeyOf(identity.boxKey), ...unitPrivateKeys(identity)], {
          isMine: (head) => head.hub === hubPin(hub) && (isAnswer(head) || isDelivery(head)),
          verify: (_head, bytes, signature) => verifySignature(known.signKey, bytes, signature),
          now: context.now(),
        });
        const standing = standingOf(read, { answered: memory.get().answered, epoch: context.directory()?.epoch, asOfMs: context.directoryAsOf() });
        const self = ownPlace(read.directory, identity.deviceId);
        if (standing === 'older' || !self) {
          read.close();
          return err({ code: self ? 'bundle-older' : 'bundle-misaddressed', detail: { name: path.basename(file) } });
        }
        if (standing === 'newer') context.takeDirectory({ keys: read.keys, directory: { ...read.directory, self }, made: read.made });
        answer = { ...read, book: bookOf(read.receipt) };
        const { receipt, rows } = read;
        return ok({ received: receipt.accepted.length, refused: receipt.rejected.length, conflicts: receipt.conflicts.length, rows });
      } catch (error) {
        return err(toProblem(error, file));
      }
    },
    pull: async (request) => (answer ? pullFrom(answer, request, context) : err({ code: 'hub-unreachable' })),
    push: async (request) => (answer ? pushFrom(answer.book, request, context) : err({ code: 'hub-unreachable' })),
    close: (taken) => {
      const read = answer;
      closeAnswer();
      if (!taken || read === undefined) return ok(null);
      const { answered } = memory.get();
      try {
        memory.set({
          ...memory.get(),
          answered: read.kind === 'answer' ? Math.max(read.seq, answered) : answered,
          read: { at: new Date(context.now()).toISOString() },
        });
        return ok(null);
      } catch (error) {
        // What the answer brought is in the store; only that it was read is not noted.
        if (systemCode(error) === '') throw error;
        return err({ code: 'disk-failed', detail: { reason: systemCode(error) } });
      }
    },
    state: () => {
      const { made, answered, seq, read } = memory.get();
      return { made, isAnswered: seq > 0 && answered >= seq, readAt: read?.at ?? null };
    },
    end: () => {
      cancel();
      closeAnswer();
      memory.close();
    },
  };
}

/** The window's cursor taken apart: what it was made with, and the position in the hub's order. An answer from the beginning suits every key. */
function windowPosition(cursor: string, answer: Answer, identity: Identity): { readonly made: string; readonly position: string } {
  const now = keyGeneration(identity);
  const { hub, fromStart } = hubCursor(cursor, now);
  const at = cursor.indexOf('~');
  // Made with fewer keys than there are now: the hub's whole order is wanted again, which only an answer from the beginning has.
  if (fromStart && at > 0 && answer.begins !== '') return { made: cursor.slice(0, at), position: cursor.slice(at + 1) };
  return { made: String(now), position: hub };
}

async function pullFrom(answer: Answer, { cursor }: IpcRequest<'link.pull'>, context: RowContext): Promise<Result<PullResult, AppError>> {
  const { made, position } = windowPosition(cursor, answer, context.identity());
  try {
    const page = answer.pageAfter(position);
    if (!page) return ok({ docs: [], cursor, done: true });
    const { docs, unreadable } = await openAll(page.rows, context);
    if (unreadable.length > 0) context.countUnreadable(unreadable.length);
    return ok({ docs, cursor: `${made}~${page.cursor}`, done: page.done });
  } catch (error) {
    return err(toProblem(error, ''));
  }
}
