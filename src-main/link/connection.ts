import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { LinkState } from '#shared/contract/link.ts';
import type { Directory } from '#shared/contract/sync.ts';
import { firstTurn, hubAddresses } from './addresses.ts';
import { tlsKeyPem } from './enrol.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import { isRenewalDue, noteTime, renewCertificate, timeFloor } from './renew.ts';
import { createResumptions } from './resumption.ts';
import { exchangeKeys, type IdentityHolder } from './session.ts';
import { keyCount } from './unit-keys.ts';

/** Waits between attempts to reach the hub, in milliseconds; the last one repeats. */
const RETRY_MS = [250, 1000, 2000, 5000, 10_000, 30_000] as const;
/** A connection that stood for this long is not one that fails again and again, in milliseconds. */
const STEADY_MS = 3000;
/** Wait before the next of several hubs is tried, in milliseconds; once all were tried, the waits above. */
const NEXT_HUB_MS = 250;
/** Failures that more tries will not mend. */
const FINAL: readonly string[] = ['device-revoked', 'hub-untrusted'];
/** Failures that end a connection. */
const ENDING: readonly string[] = ['hub-unreachable', 'certificate-ended', ...FINAL];

/** A wait that differs from device to device: after a failure of the hub they must not all come back at once. */
function spread(ms: number): number {
  return ms * (0.75 + Math.random() / 2);
}

/** What a connection tells whoever uses it. */
export interface ConnectionEvents {
  /** State, error, times or bytes changed. */
  readonly changed: () => void;
  /** A connection is being made, and takes requests. */
  readonly connecting: () => void;
  /** A connection stands and its keys are exchanged. */
  readonly online: (client: HubClient) => void;
  /** The hub has news: of records, some of them urgent, or of the directory, which is here already. */
  readonly woken: (kind: 'records' | 'urgent' | 'directory') => void;
  /** The directory came anew. */
  readonly directory: (directory: Directory) => void;
  /** Nothing more will come by this line until the officer does something. */
  readonly ended: () => void;
}

/** The connection to one of the hubs, made again whenever it breaks. */
export interface Connection {
  readonly state: () => LinkState;
  readonly error: () => AppError | null;
  /** ISO 8601 instant on the hub's clock; empty before the first. */
  readonly lastSuccess: () => string;
  readonly clockOffsetMs: () => number | null;
  /** The hub's clock where it is known, else this device's. */
  readonly now: () => number;
  /** On the wire since the start. */
  readonly bytes: () => { readonly sent: number; readonly received: number };
  /** The client of the line that is up or being made. */
  readonly client: () => HubClient | undefined;
  readonly whileOnline: <T>(run: (client: HubClient) => Promise<Result<T, AppError>>) => Promise<Result<T, AppError>>;
  /** Exchanges keys where a line is up, and asks who the devices `met` are; answers the newest directory there is. */
  readonly refreshDirectory: (met?: readonly string[]) => Promise<Directory | undefined>;
  readonly connect: () => Promise<void>;
  readonly pause: (paused: boolean) => void;
  readonly retry: () => void;
  /** `mayConnect` may answer otherwise now. */
  readonly reconsider: () => void;
  readonly close: () => void;
}

/** Creates a connection that is not up yet; `directory` answers the newest one known, `mayConnect` whether the plan lets the line be used at all. */
export function createConnection(holder: IdentityHolder, directory: () => Directory | undefined, mayConnect: () => boolean, events: ConnectionEvents): Connection {
  let client: HubClient | undefined;
  let state: LinkState = holder.current().hub ? 'offline' : 'not-enrolled';
  let error: AppError | null = null;
  let lastSuccess = '';
  let attempt = 0;
  /** Which of the hubs is used. */
  let turn = -1;
  let triedHubs = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopEvents: (() => void) | undefined;
  let closed = false;
  const earlier = { sent: 0, received: 0 };
  let clockOffsetMs: number | null = null;
  let renewing = false;
  const resumptions = createResumptions();
  let onlineSinceMs = Number.POSITIVE_INFINITY;
  const now = () => Date.now() + (clockOffsetMs ?? 0);

  const show = (next: LinkState, reason: AppError | null = null): void => {
    state = next;
    error = reason;
    if (!closed) events.changed();
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
  /** Has no line until something else happens. */
  const stand = (next: 'waiting' | 'paused'): void => {
    disconnect();
    events.ended();
    show(next);
  };
  const fail = (reason: AppError): void => {
    if (closed || state === 'paused') return;
    disconnect();
    const { hub } = holder.current();
    const count = hub ? hubAddresses(hub).length : 1;
    // a stranger in the place of one hub must not keep a device from the others
    if (FINAL.includes(reason.code) && (count === 1 || reason.code !== 'hub-untrusted')) {
      events.ended();
      return show('refused', reason);
    }
    show('offline', reason);
    turn++;
    const isNext = ++triedHubs < count;
    if (!isNext) triedHubs = 0;
    // a line that carried for a while and broke is made again at once
    const isSteady = performance.now() - onlineSinceMs > STEADY_MS;
    timer = setTimeout(() => void connect(), isSteady ? 0 : spread(isNext ? NEXT_HUB_MS : (RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)] ?? 0)));
  };
  /** The next connection uses what this fetches; where it fails, the next connection tries again. */
  const renewIfDue = async (own: HubClient): Promise<void> => {
    const { hub } = holder.current();
    if (renewing || !hub || !isRenewalDue(hub.cert, now())) return;
    renewing = true;
    await renewCertificate(own, holder).finally(() => (renewing = false));
  };
  let exchanges: Promise<unknown> = Promise.resolve();
  /** One exchange after the other: each takes in what changed since the directory of the one before. */
  const exchange = async (own: HubClient, met: readonly string[] = []): Promise<Result<Directory, AppError>> => {
    const answer = exchanges.then(async () => {
      if (client !== own) return err({ code: 'hub-unreachable' } as const);
      const fresh = await exchangeKeys(own, holder, { known: directory(), met });
      if (fresh.ok && client === own) events.directory(fresh.value);
      return fresh;
    });
    exchanges = answer.catch(() => undefined);
    return answer;
  };
  const refreshDirectory = async (met?: readonly string[]): Promise<Directory | undefined> => {
    const own = client;
    if (!own) return directory();
    const held = keyCount(holder.current());
    const answer = await exchange(own, met);
    if (!answer.ok) return directory();
    await renewIfDue(own);
    if (keyCount(holder.current()) !== held) {
      events.changed();
      events.woken('records');
    }
    return answer.value;
  };
  const connect = async (renewed = false): Promise<void> => {
    const identity = holder.current();
    if (closed || !identity.hub || state === 'paused') return;
    disconnect();
    onlineSinceMs = Number.POSITIVE_INFINITY;
    if (!mayConnect()) return stand('waiting');
    show('connecting');
    const { ca, cert } = identity.hub;
    const hubs = hubAddresses(identity.hub);
    if (turn < 0) turn = firstTurn(identity.deviceId, hubs.length);
    const { host, port } = hubs[turn % hubs.length] ?? hubs[0];
    const own = createHubClient({ host, port, ca, cert, key: tlsKeyPem(identity), floorMs: timeFloor(identity.hub), resumption: resumptions.of(`${host}:${port}`, ca + cert) });
    client = own;
    // the stream first: what changes while the directory is read is woken for
    let isOnline = false;
    let hasEnded = false;
    stopEvents = own.events(
      '/v1/stream',
      (kind) => {
        if (client !== own) return;
        // records can be opened with the keys there are; where they cannot, the directory comes with its own wake
        if (kind === 'directory') void refreshDirectory().then(() => events.woken('directory'));
        else if (isOnline) events.woken(kind === 'urgent' ? kind : 'records');
      },
      () => {
        hasEnded = true;
        // before that the answer to the exchange says why
        if (isOnline && client === own) fail({ code: 'hub-unreachable' });
      },
    );
    const exchanged = exchange(own);
    events.connecting();
    const answer = await exchanged;
    if (client !== own) return;
    clockOffsetMs = own.clockOffsetMs() ?? clockOffsetMs;
    if (!answer.ok && answer.error.code === 'certificate-ended' && !renewed) {
      const fresh = await renewCertificate(own, holder);
      if (client !== own) return;
      return fresh.ok ? connect(true) : fail(fresh.error);
    }
    if (!answer.ok) return fail(answer.error);
    noteTime(holder, now());
    await renewIfDue(own);
    if (client !== own) return;
    if (hasEnded) return fail({ code: 'hub-unreachable' });
    attempt = triedHubs = 0;
    lastSuccess = new Date(now()).toISOString();
    isOnline = true;
    onlineSinceMs = performance.now();
    show('online');
    events.online(own);
    events.woken('records');
  };
  return {
    state: () => state,
    error: () => error,
    lastSuccess: () => lastSuccess,
    clockOffsetMs: () => clockOffsetMs,
    now,
    bytes: () => {
      const { sent, received } = client?.bytes() ?? { sent: 0, received: 0 };
      return { sent: earlier.sent + sent, received: earlier.received + received };
    },
    client: () => client,
    whileOnline: async (run) => {
      const own = client;
      if (!own || state !== 'online') return err(error ?? { code: holder.current().hub ? 'hub-unreachable' : 'not-enrolled' });
      const answer = await run(own);
      if (answer.ok) {
        lastSuccess = new Date(now()).toISOString();
        events.changed();
        // one cut ends every request: the others say nothing new, and must not make the next attempt wait longer
      } else if (ENDING.includes(answer.error.code) && client === own) fail(answer.error);
      return answer;
    },
    refreshDirectory,
    connect: () => connect(),
    pause: (paused) => {
      if (paused) stand('paused');
      else if (state === 'paused') {
        show(holder.current().hub ? 'offline' : 'not-enrolled');
        void connect();
      }
    },
    retry: () => {
      attempt = 0;
      if (state !== 'paused' && state !== 'online') void connect();
    },
    reconsider: () => {
      if (mayConnect()) {
        if (state === 'waiting') void connect();
      } else if (state === 'online' || state === 'connecting' || state === 'offline') stand('waiting');
    },
    close: () => {
      closed = true;
      disconnect();
      resumptions.forget();
      events.ended();
    },
  };
}
