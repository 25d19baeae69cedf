import path from 'node:path';
import type { Result } from '#shared/base/result.ts';
import { err, ok } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { LinePlan } from '#shared/contract/line.ts';
import type { IpcRequest, PullResult, PushResult } from '#shared/contract/ipc.ts';
import type { DirectoryView, Enrolment, LinkStatus } from '#shared/contract/link.ts';
import { MAX_MET_DEVICES, type Directory } from '#shared/contract/sync.ts';
import type { PurgedUnit } from '#shared/contract/purge.ts';
import type { ReleaseBody } from '#shared/schema/release.ts';
import { privateKeyOf, rawPublicKey } from '../keys/identity.ts';
import { deriveKey } from '../keys/sealed-box.ts';
import { toDiskError } from '../disk-failure.ts';
import { checkAnswer, PurgeAnswerSchema } from './answers.ts';
import { signMandate, signRelease } from './claims.ts';
import { createConnection, type Connection } from './connection.ts';
import { enrolDevice } from './enrol.ts';
import { createParcelReader, hubCursor, isPullReady, keyGeneration, pullRecords, pullUrgent, type ExchangeContext, type RowContext } from './exchange.ts';
import { createFrameReader } from './frame-reader.ts';
import { NO_HUB, type HubClient } from './hub-client.ts';
import { openKeptDirectory } from './kept-directory.ts';
import { createPushPace } from './push-pace.ts';
import { countPurges, openPurgeLog } from './purges.ts';
import { createPushing } from './pushing.ts';
import { createReceiving } from './receiving.ts';
import { openSealLedger } from './seal-ledger.ts';
import { toDirectoryView, uploadKeys, type IdentityHolder } from './session.ts';
import { createHeldLine } from './held-line.ts';
import { openLineBook } from './line-book.ts';
import { createLineGate } from './line-gate.ts';
import { createTurns } from './turns.ts';
import { createUnsettled } from './unsettled.ts';
import { createCourier, type Courier } from '../courier/courier.ts';
import { openCourierMemory } from '../courier/courier-memory.ts';
import { admissionCode, admissionFor, takeInKeys } from './unit-keys.ts';
import { createUnitAdmin, type UnitAdmin } from './unit-admin.ts';
import { isBehind } from './unit-secret.ts';

/** The device's only way to the network. Lives from unlock to lock. */
export interface Link {
  readonly status: () => LinkStatus;
  readonly enrol: (code: string) => Promise<Result<Enrolment, AppError>>;
  readonly pause: (paused: boolean) => LinkStatus;
  readonly retry: () => LinkStatus;
  /** Errors: `disk-full`, `disk-failed`; the plan before stands then. */
  readonly setPlan: (plan: LinePlan) => Result<null, AppError>;
  /** Opens the line for an hour in spite of the plan. */
  readonly openLine: () => LinkStatus;
  readonly directory: () => Promise<Result<DirectoryView, AppError>>;
  /** `code` is what the officer compared over the telephone. */
  readonly admit: (device: string, code: string) => Promise<Result<null, AppError>>;
  readonly pull: (request: IpcRequest<'link.pull'>) => Promise<Result<PullResult, AppError>>;
  readonly push: (request: IpcRequest<'link.push'>) => Promise<Result<PushResult, AppError>>;
  /** Runs one request of content (contract/content.ts), when no record is on its way. */
  readonly media: <T>(run: (client: HubClient) => Promise<Result<T, AppError>>) => Promise<Result<T, AppError>>;
  /** The line that is carried by hand. */
  readonly courier: Courier;
  /** Takes in what the store removed; answers what it has not confirmed. */
  readonly purged: (ids: readonly string[]) => Result<readonly string[], AppError>;
  readonly purges: (record: string) => Promise<Result<readonly PurgedUnit[], AppError>>;
  readonly unit: UnitAdmin;
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

/** Creates the link of an unlocked profile and connects where the device is enrolled. */
export function createLink(options: LinkOptions): Link {
  const { holder } = options;
  const keyOf = (purpose: string) => deriveKey(options.dataKey, new Uint8Array(), purpose);
  const ledger = openSealLedger(path.join(options.folder, 'ledger.bin'), keyOf('suar-ledger-1'));
  const kept = openKeptDirectory(path.join(options.folder, 'directory.bin'), keyOf('suar-directory-1'));
  const purges = openPurgeLog(path.join(options.folder, 'purges.bin'), keyOf('suar-purges-1'), ledger);
  let { directory, asOfMs }: { directory: Directory | undefined; asOfMs: number } = kept.read() ?? { directory: undefined, asOfMs: 0 };
  let unreadable = 0;
  const takeDirectory = (next: Directory, atMs: number): void => {
    directory = next;
    asOfMs = kept.write(next, atMs);
  };
  let counted = 0;
  const gate = createLineGate(
    openLineBook(path.join(options.folder, 'line.bin'), keyOf('suar-line-1'), () => new Date()),
    () => new Date(),
    () => {
      const { open } = gate.verdict();
      if (!open) frames.close();
      connection.reconsider();
      options.onStatus(status());
      if (open) options.onWake();
    },
  );
  const isHeld = () => !gate.verdict().open;
  const countBytes = (): void => {
    const { sent, received } = connection.bytes();
    const more = sent + received - counted;
    counted += more;
    gate.count(more);
  };
  const mayConnect = (): boolean => {
    const verdict = gate.verdict();
    return verdict.open || verdict.reason !== 'window';
  };
  const connection: Connection = createConnection(holder, () => directory, mayConnect, {
    changed: () => {
      countBytes();
      options.onStatus(status());
    },
    connecting: () => {
      if (!isHeld()) frames.resume();
    },
    online: (client) => void purges.send(client),
    woken: (kind) => {
      if (kind !== 'directory') frames.woken(kind === 'urgent');
      if (kind !== 'records') held.woken();
      options.onWake();
    },
    directory: (next) => {
      const before = asOfMs;
      takeDirectory(next, now());
      if (asOfMs !== before) options.onStatus(status());
    },
    ended: () => frames.close(),
  });
  const { now, whileOnline, refreshDirectory } = connection;
  const client = () => connection.client() ?? NO_HUB;
  const rows: RowContext = {
    identity: holder.current,
    ledger,
    expectPurge: purges.expect,
    refreshDirectory,
    directory: () => directory,
    countUnreadable: (count) => (unreadable = count < 0 ? 0 : unreadable + count),
  };
  const receiving = createReceiving({
    received: () => connection.bytes().received,
    now: Date.now,
    later: (run, ms) => void setTimeout(run, ms).unref(),
    changed: () => options.onStatus(status()),
  });
  const frames = createFrameReader({
    open: (cursor, inParcels, rest) => client().open(`/v1/frames?cursor=${encodeURIComponent(cursor)}${inParcels ? '&parcels=1' : ''}${rest ? `&rest=${rest}` : ''}`),
    urgent: (cursor, isHeld) => pullUrgent(client(), cursor, isHeld),
    parcels: createParcelReader(rows),
    begun: (cursor) => void receiving.ask(client(), cursor),
  });
  const pushPace = createPushPace();
  const unsettled = createUnsettled();

  const enrolment = (): Enrolment | null => {
    const { hub } = holder.current();
    return hub ? { unit: hub.unit, role: hub.role, hub: `${hub.host}:${hub.port}` } : null;
  };
  const ownCode = () => admissionCode(rawPublicKey(privateKeyOf(holder.current().signKey)), rawPublicKey(privateKeyOf(holder.current().boxKey)));
  const status = (): LinkStatus => {
    const { sent, received } = connection.bytes();
    return {
      state: connection.state(),
      error: connection.error(),
      lastSuccess: connection.lastSuccess(),
      unreadable,
      clockOffsetMs: connection.clockOffsetMs(),
      enrolment: enrolment(),
      admitted: holder.current().unitConfirmed && !isBehind(holder.current(), directory),
      admissionCode: ownCode(),
      sentBytes: sent,
      receivedBytes: received,
      line: gate.state(),
      receiving: receiving.state(),
      directoryAsOf: asOfMs,
    };
  };
  const courier = createCourier({
    ...rows,
    memory: openCourierMemory(path.join(options.folder, 'courier.bin'), keyOf('suar-courier-1')),
    takeDirectory: (brought) => {
      const taken = takeInKeys(holder.current(), brought.directory, brought.keys);
      if (taken !== holder.current()) holder.save(taken);
      takeDirectory(brought.directory, brought.made);
      options.onStatus(status());
    },
    now,
    directoryAsOf: () => asOfMs,
  });
  const exchange = (own: Pick<HubClient, 'request'>): ExchangeContext => ({ ...rows, client: own, frames, pushPace, sending: unsettled.sending });
  const isBetweenLines = () => connection.state() === 'offline' || connection.state() === 'connecting';

  const pushing = createPushing({ exchange, unsettled, sentBytes: () => connection.bytes().sent, took: gate.pushed });
  const held = createHeldLine(whileOnline, exchange);
  const turns = createTurns();
  if (holder.current().hub) void connection.connect();
  return {
    status,
    enrol: async (code) => {
      const answer = await enrolDevice(holder.current(), code);
      if (!answer.ok) return answer;
      holder.save({ ...holder.current(), hub: answer.value });
      await connection.connect();
      const { unit, role, host, port } = answer.value;
      return ok({ unit, role, hub: `${host}:${port}` });
    },
    pause: (paused) => {
      connection.pause(paused);
      return status();
    },
    retry: () => {
      connection.retry();
      return status();
    },
    setPlan: (plan) => {
      try {
        gate.setPlan(plan);
        options.onStatus(status());
        return ok(null);
      } catch (error) {
        return err(toDiskError(error));
      }
    },
    openLine: () => {
      gate.open();
      return status();
    },
    directory: async () => {
      if (!directory && connection.state() === 'online') await refreshDirectory();
      return directory ? ok(toDirectoryView(directory, holder.current())) : err(connection.error() ?? { code: holder.current().hub ? 'hub-unreachable' : 'not-enrolled' });
    },
    admit: (device, code) =>
      whileOnline(async (own) => {
        const find = () => directory?.devices.find((d) => d.id === device && d.unit === holder.current().hub?.unit && !d.revoked);
        const target = find() ?? (await refreshDirectory().then(find));
        if (!target) return err({ code: 'bad-request' });
        if (!holder.current().unitConfirmed) return err({ code: 'device-unadmitted' });
        const admission = admissionFor(holder.current(), target, code);
        if (!admission) return err({ code: 'hub-garbage' });
        const uploaded = await uploadKeys(own, admission);
        await refreshDirectory();
        return uploaded;
      }),
    // frames that came before the line broke are used, not sent for again
    pull: (request) => {
      if (request.carried) return courier.pull(request);
      if (isHeld()) {
        if (connection.state() === 'online') receiving.glance(client(), hubCursor(request.cursor, keyGeneration(holder.current())).hub);
        return held.pull(request);
      }
      if (isBetweenLines() && isPullReady(request.cursor, holder.current(), frames)) return receiving.counting(pullRecords(request, exchange(NO_HUB)));
      return receiving.counting(turns.record(() => whileOnline((own) => pullRecords(request, exchange(own)))));
    },
    push: (request) => {
      // by whatever way they go: frames made before may hold what they replace
      for (const { doc } of request.rows) frames.pushing(doc.id, doc.rev);
      if (request.carried) return courier.push(request);
      return isHeld() ? held.push(request) : turns.record(() => whileOnline((own) => pushing(request, own)));
    },
    purged: (ids) => {
      purges.confirm(ids, holder.current(), now());
      const line = connection.client();
      if (line && connection.state() === 'online') void purges.send(line);
      return ok(purges.unconfirmed());
    },
    purges: (record) =>
      whileOnline(async (own) => {
        const answer = checkAnswer(PurgeAnswerSchema, await own.request('GET', `/v1/purged?record=${record}`));
        if (!answer.ok) return answer;
        const met = answer.value.devices.map(({ id }) => id).filter((id) => !directory?.devices.some((device) => device.id === id));
        for (let from = 0; from < met.length; from += MAX_MET_DEVICES) await refreshDirectory(met.slice(from, from + MAX_MET_DEVICES));
        return countPurges(record, answer.value, holder.current(), directory);
      }),
    unit: createUnitAdmin({ whileOnline, refreshDirectory, hub: () => holder.current().hub }),
    media: (run) => turns.media(async () => (isHeld() ? err({ code: 'line-held' }) : whileOnline(run))),
    courier,
    signRelease: (request) => signRelease(request, holder.current(), ledger, now()),
    signMandate: (request) => signMandate(request, holder.current(), directory, now()),
    close: () => {
      connection.close();
      gate.close();
      courier.end();
      purges.close();
      ledger.close();
      kept.close();
    },
  };
}
