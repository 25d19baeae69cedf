import path from 'node:path';
import type { Result } from '#shared/base/result.ts';
import { err, ok } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest, PullResult, PushResult } from '#shared/contract/ipc.ts';
import type { DirectoryView, Enrolment, LinkState, LinkStatus } from '#shared/contract/link.ts';
import type { Directory } from '#shared/contract/sync.ts';
import type { ReleaseBody } from '#shared/schema/release.ts';
import { privateKeyOf, rawPublicKey } from '../keys/identity.ts';
import { deriveKey } from '../keys/sealed-box.ts';
import { firstTurn, hubAddresses } from './addresses.ts';
import { signMandate, signRelease } from './claims.ts';
import { enrolDevice, tlsKeyPem } from './enrol.ts';
import { pullRecords, pushRecords, type RowContext } from './exchange.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import { openKeptDirectory } from './kept-directory.ts';
import { isRenewalDue, noteTime, renewCertificate, timeFloor } from './renew.ts';
import { openSealLedger } from './seal-ledger.ts';
import { createTurns } from './turns.ts';
import { exchangeKeys, toDirectoryView, uploadKeys, type IdentityHolder } from './session.ts';
import { createCourier, type Courier } from '../courier/courier.ts';
import { openCourierMemory } from '../courier/courier-memory.ts';
import { admissionCode, admissionFor, keyCount, takeInKeys } from './unit-keys.ts';

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
  /** Runs one request of content (contract/content.ts), when no record is on its way. */
  readonly media: <T>(run: (client: HubClient) => Promise<Result<T, AppError>>) => Promise<Result<T, AppError>>;
  /** The line that is carried by hand. */
  readonly courier: Courier;
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
const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000] as const;
/** Wait before the next of several hubs is tried, in milliseconds; once all were tried, the waits above. */
const NEXT_HUB_MS = 250;
/** Failures that more tries will not mend. */
const FINAL: readonly string[] = ['device-revoked', 'hub-untrusted'];

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
  /** Which of the hubs is used. */
  let turn = -1;
  let triedHubs = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopEvents: (() => void) | undefined;
  let closed = false;
  const earlier = { sent: 0, received: 0 };
  let clockOffsetMs: number | null = null;
  /** The hub's clock where it is known, else this device's. */
  const now = () => Date.now() + (clockOffsetMs ?? 0);
  let renewing = false;

  const enrolment = (): Enrolment | null => {
    const { hub } = holder.current();
    return hub ? { unit: hub.unit, role: hub.role, hub: `${hub.host}:${hub.port}` } : null;
  };
  const ownCode = () => admissionCode(rawPublicKey(privateKeyOf(holder.current().signKey)), rawPublicKey(privateKeyOf(holder.current().boxKey)));
  const status = (): LinkStatus => {
    const bytes = client?.bytes() ?? { sent: 0, received: 0 };
    return {
      state,
      error,
      lastSuccess,
      unreadable,
      clockOffsetMs,
      enrolment: enrolment(),
      admitted: holder.current().unitConfirmed,
      admissionCode: ownCode(),
      sentBytes: earlier.sent + bytes.sent,
      receivedBytes: earlier.received + bytes.received,
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
    const { hub } = holder.current();
    const count = hub ? hubAddresses(hub).length : 1;
    // a stranger in the place of one hub must not keep a device from the others
    if (FINAL.includes(reason.code) && (count === 1 || reason.code !== 'hub-untrusted')) return show('refused', reason);
    show('offline', reason);
    turn++;
    const isNext = ++triedHubs < count;
    if (!isNext) triedHubs = 0;
    timer = setTimeout(() => void connect(), isNext ? NEXT_HUB_MS : RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]);
  };
  const noted = <T>(answer: Result<T, AppError>): Result<T, AppError> => {
    if (answer.ok) {
      lastSuccess = new Date(now()).toISOString();
      options.onStatus(status());
    } else if (['hub-unreachable', 'device-revoked', 'hub-untrusted', 'certificate-ended'].includes(answer.error.code)) fail(answer.error);
    return answer;
  };
  /** The next connection uses what this fetches; where it fails, the next connection tries again. */
  const renewIfDue = async (own: HubClient): Promise<void> => {
    const { hub } = holder.current();
    if (renewing || !hub || !isRenewalDue(hub.cert, now())) return;
    renewing = true;
    await renewCertificate(own, holder).finally(() => (renewing = false));
  };
  const refreshDirectory = async (): Promise<Directory | undefined> => {
    if (!client) return directory;
    const held = keyCount(holder.current());
    const answer = await exchangeKeys(client, holder);
    if (!answer.ok) return directory;
    kept.write((directory = answer.value));
    await renewIfDue(client);
    if (keyCount(holder.current()) !== held) {
      options.onStatus(status());
      options.onWake();
    }
    return directory;
  };
  const connect = async (renewed = false): Promise<void> => {
    const identity = holder.current();
    if (closed || !identity.hub || state === 'paused') return;
    disconnect();
    show('connecting');
    const { ca, cert } = identity.hub;
    const hubs = hubAddresses(identity.hub);
    if (turn < 0) turn = firstTurn(identity.deviceId, hubs.length);
    const { host, port } = hubs[turn % hubs.length] ?? hubs[0];
    const own = createHubClient({ host, port, ca, cert, key: tlsKeyPem(identity), floorMs: timeFloor(identity.hub) });
    client = own;
    const answer = await exchangeKeys(own, holder);
    if (client !== own) return;
    clockOffsetMs = own.clockOffsetMs() ?? clockOffsetMs;
    if (!answer.ok && answer.error.code === 'certificate-ended' && !renewed) {
      const fresh = await renewCertificate(own, holder);
      if (client !== own) return;
      return fresh.ok ? connect(true) : fail(fresh.error);
    }
    if (!answer.ok) return fail(answer.error);
    noteTime(holder, now());
    kept.write((directory = answer.value));
    await renewIfDue(own);
    if (client !== own) return;
    attempt = triedHubs = 0;
    lastSuccess = new Date(now()).toISOString();
    show('online');
    stopEvents = own.events(
      '/v1/stream',
      () => void refreshDirectory().then(options.onWake),
      () => client === own && fail({ code: 'hub-unreachable' }),
    );
    options.onWake();
  };
  const rows: RowContext = {
    identity: holder.current,
    ledger,
    refreshDirectory,
    directory: () => directory,
    countUnreadable: (count) => (unreadable = count < 0 ? 0 : unreadable + count),
  };
  const courier = createCourier({
    ...rows,
    memory: openCourierMemory(path.join(options.folder, 'courier.bin'), deriveKey(options.dataKey, new Uint8Array(), 'suar-courier-1')),
    takeDirectory: (brought) => {
      const taken = takeInKeys(holder.current(), brought.directory, brought.keys);
      if (taken !== holder.current()) holder.save(taken);
      kept.write((directory = brought.directory));
      options.onStatus(status());
    },
    now,
  });
  const whileOnline = async <T>(run: (own: HubClient) => Promise<Result<T, AppError>>): Promise<Result<T, AppError>> => {
    if (!client || state !== 'online') return err(error ?? { code: holder.current().hub ? 'hub-unreachable' : 'not-enrolled' });
    return noted(await run(client));
  };

  const turns = createTurns();
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
    pull: (request) => (courier.isAnswering() ? courier.pull(request) : turns.record(() => whileOnline((own) => pullRecords(request, { ...rows, client: own })))),
    push: (request) => (courier.isAnswering() ? courier.push(request) : turns.record(() => whileOnline((own) => pushRecords(request, { ...rows, client: own })))),
    media: (run) =>
      turns.media(async () => {
        if (!client || state !== 'online') return err(error ?? { code: 'hub-unreachable' });
        const answer = await run(client);
        return answer.ok ? answer : noted(answer);
      }),
    courier,
    signRelease: (request) => signRelease(request, holder.current(), ledger, now()),
    signMandate: (request) => signMandate(request, holder.current(), directory, now()),
    close: () => {
      closed = true;
      disconnect();
      courier.end();
      ledger.close();
      kept.close();
    },
  };
}
