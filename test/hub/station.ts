/** A device as the application makes it: its own identity, key exchange, sealing and opening, over a real connection. Everything that crosses its line is kept for an eavesdropper. */
import { randomBytes } from 'node:crypto';
import { openBucketKeyBoxes } from './thief.ts';
import type { Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Replicated } from '#shared/contract/ipc.ts';
import type { Directory, KeyAnswer, KeyUpload, PullAnswer, WireRecord } from '#shared/contract/sync.ts';
import { createIdentity, privateKeyOf, rawPublicKey, type Identity } from '../../src-main/keys/identity.ts';
import { checkAnswer, PullAnswerSchema } from '../../src-main/link/answers.ts';
import { enrolDevice, tlsKeyPem } from '../../src-main/link/enrol.ts';
import { pullRecords, pushRecords } from '../../src-main/link/exchange.ts';
import { createPushPace } from '../../src-main/link/push-pace.ts';
import { createHubClient } from '../../src-main/link/hub-client.ts';
import { exchangeKeys, uploadKeys } from '../../src-main/link/session.ts';
import { admissionCode, admissionFor } from '../../src-main/link/unit-keys.ts';
import type { Hub } from '../../src-hub/server.ts';
import { caseRecord } from '../unit/main/device.ts';

/** What an eavesdropper took from every line: records and sealed keys. */
export interface Wire {
  readonly records: Map<string, WireRecord>;
  readonly boxes: Uint8Array[];
}

export function newWire(): Wire {
  return { records: new Map(), boxes: [] };
}

/** What a station gets wrong on purpose. */
export interface Flaws {
  /** Changes the directory before the station acts on it. */
  readonly see?: (directory: Directory) => Directory;
  /** Changes what the station uploads. */
  readonly send?: (upload: KeyUpload, identity: Identity) => KeyUpload;
}

export interface Station {
  readonly unit: string;
  readonly identity: () => Identity;
  /** What a thief of the laptop has: all of its keys, as they are now. */
  readonly copy: () => Identity;
  /** Exchanges keys; answers the directory it has then. */
  readonly sync: () => Promise<Directory>;
  /** What the hub answers now. Throws where it refuses. */
  readonly ask: (path: string) => Promise<unknown>;
  /** Pushes a new case; answers why it was rejected, or undefined. */
  readonly push: (id: string, audience: readonly string[]) => Promise<string | undefined>;
  /** Ids of everything it can open, and how many it cannot. */
  readonly read: () => Promise<{ readonly ids: readonly string[]; readonly unreadable: number }>;
  readonly admit: (other: Station) => Promise<void>;
  readonly close: () => void;
}

export async function openStation(hub: Hub, unit: string, wire: Wire, flaws: Flaws = {}): Promise<Station> {
  let identity = createIdentity('Invented Officer');
  const bound = await enrolDevice(identity, await hub.admin.createCode(unit, 'officer', '127.0.0.1', hub.port));
  if (!bound.ok) throw new Error(bound.error.code);
  identity = { ...identity, hub: bound.value };
  const holder = { current: () => identity, save: (next: Identity) => void (identity = next) };
  const line = createHubClient({ ...bound.value, key: tlsKeyPem(identity) });
  const client: typeof line = {
    ...line,
    request: async (method, path, body) => {
      const upload = path === '/v1/keys' && body !== undefined ? (flaws.send?.(body as KeyUpload, identity) ?? (body as KeyUpload)) : body;
      if (path === '/v1/keys' && upload !== undefined) wire.boxes.push(...openBucketKeyBoxes.ofUpload(upload as KeyUpload));
      const answer = await line.request(method, path, upload);
      if (!answer.ok) return answer;
      if (path.startsWith('/v1/keys')) wire.boxes.push(...openBucketKeyBoxes.ofAnswer(answer.value as KeyAnswer));
      if (path.startsWith('/v1/pull')) for (const row of (answer.value as PullAnswer).rows) if (!('gone' in row)) wire.records.set(`${row.id} ${row.rev}`, row);
      return path.startsWith('/v1/directory') && flaws.see ? { ...answer, value: flaws.see(answer.value as Directory) } : answer;
    },
  };
  let directory: Directory | undefined;
  const sync = async (met?: readonly string[]): Promise<Directory> => {
    const answer = await exchangeKeys(client, holder, { known: directory, ...(met ? { met } : {}) });
    if (!answer.ok) throw new Error(answer.error.code);
    return (directory = answer.value);
  };
  let unreadable = 0;
  const context = {
    client,
    frames: {
      take: async (cursor: string, limit: number) =>
        checkAnswer(PullAnswerSchema, await client.request('GET', `/v1/pull?cursor=${encodeURIComponent(cursor)}&limit=${limit}`)) as Result<PullAnswer, AppError>,
    },
    pushPace: createPushPace(),
    identity: holder.current,
    ledger: { get: () => undefined, note: () => undefined },
    directory: () => directory,
    refreshDirectory: sync,
    expectPurge: () => undefined,
    countUnreadable: (count: number) => void (unreadable = count < 0 ? 0 : unreadable + count),
  };
  await sync();
  const station: Station = {
    unit,
    identity: holder.current,
    copy: () => ({ ...identity, unitSecret: Uint8Array.from(identity.unitSecret) }),
    sync: () => sync(),
    ask: async (path) => {
      const answer = await line.request('GET', path);
      if (!answer.ok) throw new Error(answer.error.code);
      return answer.value;
    },
    push: async (id, audience) => {
      const doc: Replicated = caseRecord({ id, owner: unit, audience: [...audience].sort(), author: identity.deviceId, rev: randomBytes(12).toString('hex') });
      const answer = await pushRecords({ rows: [{ doc, assumed: null }] }, context);
      if (!answer.ok) return answer.error.code;
      return answer.value.rejected[0]?.reason;
    },
    read: async () => {
      const ids: string[] = [];
      unreadable = 0;
      for (let cursor = '', done = false; !done;) {
        const page = await pullRecords({ cursor, limit: 500 }, context);
        if (!page.ok) throw new Error(page.error.code);
        ids.push(...page.value.docs.flatMap((doc) => ('gone' in doc ? [] : [doc.id])));
        ({ cursor, done } = page.value);
      }
      return { ids, unreadable };
    },
    admit: async (other) => {
      const { deviceId, signKey, boxKey } = other.identity();
      await sync();
      const upload = admissionFor(identity, { id: deviceId }, admissionCode(rawPublicKey(privateKeyOf(signKey)), rawPublicKey(privateKeyOf(boxKey))));
      if (!upload) throw new Error('nothing to admit with');
      await uploadKeys(client, upload);
      await other.sync();
    },
    close: () => line.close(),
  };
  return station;
}
