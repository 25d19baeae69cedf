import path from 'node:path';
import type { Result } from '#shared/base/result.ts';
import { err, ok } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { DirectoryView, Enrolment, IpcRequest, LinkState, LinkStatus, PullResult, PushResult } from '#shared/contract/ipc.ts';
import type { Directory } from '#shared/contract/sync.ts';
import type { ReleaseBody } from '#shared/schema/release.ts';
import { privateKeyOf, rawPublicKey } from '../keys/identity.ts';
import { deriveKey } from '../keys/sealed-box.ts';
import { signMandate, signRelease } from './claims.ts';
import { enrolDevice, tlsKeyPem } from './enrol.ts';
import { isPullReady, pullRecords, pullUrgent, pushRecords, type ExchangeContext } from './exchange.ts';
import { createFrameReader } from './frame-reader.ts';
import type { ByteStream } from './byte-stream.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import { openKeptDirectory } from './kept-directory.ts';
import { createPushPace } from './push-pace.ts';
import { openSealLedger } from './seal-ledger.ts';
import { exchangeKeys, toDirectoryView, uploadKeys, type IdentityHolder } from './session.ts';
import { admissionCode, admissionFor, keyCount } from './unit-keys.ts';

/** The device's only way to the network. Lives from unlock to lock. */
export interface Link {
  readonly status: () => LinkStatus;
  readonly enrol: (code: string) => Promise<Result<Enrolment, AppError>>;
  readonly pause: (paused: boolean) => LinkStatus;
  readonly retry: () => LinkStatus;
  readonly directory: () => Promise<Result<DirectoryView, AppError>>;
  /** `code` is what the officer compared over the telephone. */
  readonly admit: (device: string, code: string) => Promise<Result<null, AppError>>;
  readonly pull: (request: IpcRequest<'link.pull'>) => Promise<Result<PullResult, AppError>>;
  readonly push: (request: IpcRequest<'link.push'>) => Promise<Result<PushResult, AppError>>;
  readonly signRelease: (request: IpcRequest<'release.sign'>) => Result<ReleaseBody, AppError>;
  readonly signMandate: (request: IpcRequest<'release.mandate'>) => Result<ReleaseBody, AppError>;
  readonly close: () => void;
}

export interface LinkOptions {
  readonly folder: string;
  readonly dataKey: Uint8Array;
  readonly holder: IdentityHolder;
  readonly onStatus: (status: LinkStatus) => void;
  readonly onWake: () => void;
}

/** Waits between attempts to reach the hub, in milliseconds; the last one repeats. */
const RETRY_MS = [250, 1000, 2000, 5000, 10_000, 30_000] as const;
/** Failures that more tries will not mend. */
const FINAL: readonly string[] = ['device-revoked', 'hub-untrusted'];

/** Where there is no connection to open a stream on. */
const NO_STREAM: ByteStream = { read: () => Promise.resolve(err({ code: 'hub-unreachable' })), close: () => undefined };

const NO_CLIENT: Pick<HubClient, 'request'> = { request: () => Promise.resolve(err({ code: 'hub-unreachable' })) };

/** Creates the link of an unlocked profile and connects where the device is enrolled. */
export function createLink(options: LinkOptions): Link {
  const { holder } = options;
  const ledger = openSealLedger(path.join(options.folder, 'ledger.bin'), deriveKey(options.dataKey, new Uint8Array(), 'suar-ledger-1'));
  const kept = openKeptDirectory(path.join(options.folder, 'directory.bin'), deriveKey(options.dataKey, new Uint8Array(), 'suar-directory-1'));
  let client: HubClient | undefined;
  let directory: Directory | undefined = kept.read();
  let state: LinkState = holder.current().hub ? 'offline' : 'not-enrolled';
  let error: AppError | null = null;
  let lastSuccess = '';
  let unreadable = 0;
  let attempt = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopEvents: (() => void) | undefined;
  let closed = false;
  const earlier = { sent: 0, received: 0 };

  const frames = createFrameReader({
    open: (cursor) => client?.open(`/v1/frames?cursor=${encodeURIComponent(cursor)}`) ?? NO_STREAM,
    urgent: (cursor) => pullUrgent(client ?? NO_CLIENT, cursor),
  });

  const pushPace = createPushPace();

  const enrolment = (): Enrolment | null => {
    const { hub } = holder.current();
    return hub ? { unit: hub.unit, role: hub.role, hub: `${hub.host}:${hub.port}` } : null;
  };
  const ownCode = () => admissionCode(rawPublicKey(privateKeyOf(holder.current().signKey)), rawPublicKey(privateKeyOf(holder.current().boxKey)));
  const status = (): LinkStatus => {
    const now = client?.bytes() ?? { sent: 0, received: 0 };
    return {
      state,
      error,
      lastSuccess,
      unreadable,
      enrolment: enrolment(),
      admitted: holder.current().unitConfirmed,
      admissionCode: ownCode(),
      sentBytes: earlier.sent + now.sent,
      receivedBytes: earlier.received + now.received,
    };
  };
  const show = (next: LinkState, reason: AppError | null = null): void => {
    state = next;
    error = reason;
    if (!closed) options.onStatus(status());
  };
  const disconnect = (): void => {
    clearTimeout(timer);
    stopEvents?.();
    stopEvents = undefined;
    const bytes = client?.bytes();
    earlier.sent += bytes?.sent ?? 0;
    earlier.received += bytes?.received ?? 0;
    client?.close();
    client = undefined;
  };
  const fail = (reason: AppError): void => {
    if (closed || state === 'paused') return;
    disconnect();
    if (FINAL.includes(reason.code)) {
      frames.close();
      return show('refused', reason);
    }
    show('offline', reason);
    timer = setTimeout(() => void connect(), RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]);
  };
  const noted = <T>(answer: Result<T, AppError>): Result<T, AppError> => {
    if (answer.ok) {
      lastSuccess = new Date().toISOString();
      options.onStatus(status());
    } else if (['hub-unreachable', 'device-revoked', 'hub-untrusted'].includes(answer.error.code)) fail(answer.error);
    return answer;
  };
  const refreshDirectory = async (): Promise<Directory | undefined> => {
    if (!client) return directory;
    const held = keyCount(holder.current());
    const answer = await exchangeKeys(client, holder);
    if (!answer.ok) return directory;
    kept.write((directory = answer.value));
    if (keyCount(holder.current()) !== held) {
      options.onStatus(status());
      options.onWake();
    }
    return directory;
  };
  const connect = async (): Promise<void> => {
    const identity = holder.current();
    if (closed || !identity.hub || state === 'paused') return;
    disconnect();
    show('connecting');
    const { host, port, ca, cert } = identity.hub;
    const own = createHubClient({ host, port, ca, cert, key: tlsKeyPem(identity) });
    client = own;
    const answer = await exchangeKeys(own, holder);
    if (client !== own) return;
    if (!answer.ok) return fail(answer.error);
    kept.write((directory = answer.value));
    attempt = 0;
    lastSuccess = new Date().toISOString();
    show('online');
    stopEvents = own.events(
      '/v1/stream',
      (kind) => {
        // records can be opened with the keys there are; where they cannot, the directory comes with its own wake
        if (kind === 'directory') return void refreshDirectory().then(options.onWake);
        frames.woken(kind === 'urgent');
        options.onWake();
      },
      () => client === own && fail({ code: 'hub-unreachable' }),
    );
    options.onWake();
  };
  const context = (own: Pick<HubClient, 'request'>): ExchangeContext => ({
    client: own,
    frames,
    pushPace,
    identity: holder.current,
    ledger,
    refreshDirectory,
    directory: () => directory,
    countUnreadable: (count) => (unreadable = count < 0 ? 0 : unreadable + count),
  });
  const isBetweenLines = () => state === 'offline' || state === 'connecting';
  const whileOnline = async <T>(run: (own: HubClient) => Promise<Result<T, AppError>>): Promise<Result<T, AppError>> => {
    if (!client || state !== 'online') return err(error ?? { code: holder.current().hub ? 'hub-unreachable' : 'not-enrolled' });
    return noted(await run(client));
  };

  if (holder.current().hub) void connect();
  return {
    status,
    enrol: async (code) => {
      const answer = await enrolDevice(holder.current(), code);
      if (!answer.ok) return answer;
      holder.save({ ...holder.current(), hub: answer.value });
      await connect();
      const { unit, role, host, port } = answer.value;
      return ok({ unit, role, hub: `${host}:${port}` });
    },
    pause: (paused) => {
      if (paused) {
        disconnect();
        frames.close();
        show('paused');
      } else if (state === 'paused') {
        show(holder.current().hub ? 'offline' : 'not-enrolled');
        void connect();
      }
      return status();
    },
    retry: () => {
      attempt = 0;
      if (state !== 'paused' && state !== 'online') void connect();
      return status();
    },
    directory: async () => {
      if (client && state === 'online') await refreshDirectory();
      return directory ? ok(toDirectoryView(directory, holder.current())) : err(error ?? { code: holder.current().hub ? 'hub-unreachable' : 'not-enrolled' });
    },
    admit: (device, code) =>
      whileOnline(async (own) => {
        const target = directory?.devices.find((d) => d.id === device && d.unit === holder.current().hub?.unit && !d.revoked);
        if (!target) return err({ code: 'bad-request' });
        if (!holder.current().unitConfirmed) return err({ code: 'device-unadmitted' });
        const admission = admissionFor(holder.current(), target, code);
        if (!admission) return err({ code: 'hub-garbage' });
        const uploaded = await uploadKeys(own, admission);
        await refreshDirectory();
        return uploaded;
      }),
    // frames that came before the line broke are used, not sent for again
    pull: (request) =>
      isBetweenLines() && isPullReady(request.cursor, holder.current(), frames) ? pullRecords(request, context(NO_CLIENT)) : whileOnline((own) => pullRecords(request, context(own))),
    push: (request) => whileOnline((own) => pushRecords(request, context(own))),
    signRelease: (request) => signRelease(request, holder.current(), ledger, Date.now()),
    signMandate: (request) => signMandate(request, holder.current(), directory, Date.now()),
    close: () => {
      closed = true;
      disconnect();
      frames.close();
      ledger.close();
      kept.close();
    },
  };
}
