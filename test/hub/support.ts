import 'reflect-metadata';
import { createPrivateKey, generateKeyPairSync, randomBytes, randomUUID, webcrypto, type KeyObject } from 'node:crypto';
import { connect, type ClientHttp2Session } from 'node:http2';
import * as x509 from '@peculiar/x509';
import type { EnrolAnswer } from '#shared/contract/enrol.ts';
import type { Directory, KeyAnswer, KeyUpload, PullAnswer, PulledRow, PushAnswer, PushRow } from '#shared/contract/sync.ts';
import { fromCbor, parseEnrolmentCode, toCbor } from '#shared/contract/wire.ts';
import { createHub, type Hub, type HubOptions } from '../../src-hub/server.ts';
import type { Engine } from './engines.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** What a request came back with; `body` is decoded CBOR. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** A key pair and certificate for TLS, PEM. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
}

/** The keys a device makes before it enrols. */
export interface DeviceKeys {
  readonly device: string;
  readonly tlsKey: string;
  readonly csr: string;
  readonly signKey: KeyObject;
  readonly signPublic: Uint8Array;
  readonly boxKey: KeyObject;
  readonly boxPublic: Uint8Array;
}

/** A simulated device: enrolled, admitted, with an open connection. */
export interface Device {
  readonly id: string;
  readonly unit: string;
  readonly keys: DeviceKeys;
  readonly credentials: Credentials;
  readonly call: (method: string, path: string, body?: unknown) => Promise<Reply>;
  readonly push: (...rows: readonly PushRow[]) => Promise<PushAnswer>;
  readonly pull: (cursor?: string, limit?: number) => Promise<PullAnswer>;
  /** Every row from the beginning, the last state of each id. */
  readonly pullAll: () => Promise<ReadonlyMap<string, PulledRow>>;
  readonly directory: () => Promise<Directory>;
  readonly keysAt: () => Promise<KeyAnswer>;
  readonly uploadKeys: (upload: KeyUpload) => Promise<Reply>;
  readonly session: ClientHttp2Session;
  readonly close: () => void;
}

/** A hub for tests: quiet, on a free port, generous with enrolments. */
export async function startHub(engine: Engine, options: Partial<HubOptions> = {}): Promise<Hub> {
  return createHub({ ...(await engine.storage()), host: '127.0.0.1', port: 0, logLevel: 'silent', enrolPerMinute: 1000, ...options });
}

/** Laos with a unit and its NCB, the Philippines, Vanuatu with an NCB, Thailand with a unit and its NCB, and the regional desk; `t:falcon` joins Laos and Thailand. */
export const REGION = {
  units: [
    { id: 'la-cyber', country: 'LA', kind: 'unit', name: 'Laos unit' },
    { id: 'la-ncb', country: 'LA', kind: 'ncb', name: 'NCB Vientiane' },
    { id: 'ph-acg', country: 'PH', kind: 'unit', name: 'Philippines unit' },
    { id: 'vu-ccu', country: 'VU', kind: 'unit', name: 'Vanuatu unit' },
    { id: 'vu-ncb', country: 'VU', kind: 'ncb', name: 'NCB Port Vila' },
    { id: 'th-ccib', country: 'TH', kind: 'unit', name: 'Thailand unit' },
    { id: 'th-ncb', country: 'TH', kind: 'ncb', name: 'NCB Bangkok' },
    { id: 'asean-desk', country: 'XR', kind: 'desk', name: 'Regional desk' },
  ],
  taskforces: [{ id: 'falcon', name: 'Falcon', members: ['la-cyber', 'la-ncb', 'th-ccib', 'th-ncb'] }],
} as const;

/** A hub with {@link REGION} and a device of each of its units. */
export interface RegionFixture {
  readonly hub: Hub;
  readonly lao: Device;
  readonly laoNcb: Device;
  readonly filipino: Device;
  readonly desk: Device;
  readonly vanuatu: Device;
  readonly vanuatuNcb: Device;
  readonly thai: Device;
  readonly thaiNcb: Device;
  readonly close: () => Promise<void>;
}

/** Starts {@link RegionFixture}. */
export async function startRegion(engine: Engine): Promise<RegionFixture> {
  const hub = await startHub(engine);
  await hub.admin.seedRegion(REGION);
  const devices = {
    lao: await enrolDevice(hub, 'la-cyber'),
    laoNcb: await enrolDevice(hub, 'la-ncb', 'ncb'),
    filipino: await enrolDevice(hub, 'ph-acg'),
    desk: await enrolDevice(hub, 'asean-desk'),
    vanuatu: await enrolDevice(hub, 'vu-ccu'),
    vanuatuNcb: await enrolDevice(hub, 'vu-ncb', 'ncb'),
    thai: await enrolDevice(hub, 'th-ccib'),
    thaiNcb: await enrolDevice(hub, 'th-ncb', 'ncb'),
  };
  const close = async (): Promise<void> => {
    for (const device of Object.values(devices)) device.close();
    await hub.close();
  };
  return { hub, ...devices, close };
}

/** One request on a connection. */
export function callOn(session: ClientHttp2Session, method: string, path: string, body?: unknown): Promise<Reply> {
  return callRaw(session, method, path, body === undefined ? undefined : toCbor(body));
}

/** One request whose body is sent as it is. */
export function callRaw(session: ClientHttp2Session, method: string, path: string, payload?: Uint8Array, type = 'application/cbor'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': method, ':path': path, ...(payload ? { 'content-type': type } : {}) });
    let status = 0;
    const chunks: Buffer[] = [];
    stream.on('response', (headers) => {
      status = Number(headers[':status']);
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => {
      const bytes = new Uint8Array(Buffer.concat(chunks));
      resolve({ status, body: readBody(bytes) });
    });
    stream.end(payload);
  });
}

function readBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return fromCbor(bytes);
  } catch {
    return Buffer.from(bytes).toString('utf8');
  }
}

/** A connection, with a client certificate where one is given. */
export function connectTo(hub: Hub, credentials?: Credentials): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${hub.port}`, { ca: hub.caPem, ...credentials });
  session.on('error', () => undefined);
  return session;
}

/** The keys of a new device. */
export async function makeDeviceKeys(): Promise<DeviceKeys> {
  const device = randomUUID();
  const tls = (await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])) as CryptoKeyPair;
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${device}`, keys: tls, signingAlgorithm: P256 });
  const signing = generateKeyPairSync('ed25519');
  const box = generateKeyPairSync('x25519');
  const raw = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-32));
  return {
    device,
    csr: csr.toString('pem'),
    tlsKey: x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', tls.privateKey), 'PRIVATE KEY'),
    signKey: createPrivateKey(signing.privateKey.export({ format: 'pem', type: 'pkcs8' })),
    signPublic: raw(signing.publicKey),
    boxKey: box.privateKey,
    boxPublic: raw(box.publicKey),
  };
}

/** Sends an enrolment request. */
export async function requestEnrolment(hub: Hub, code: string, keys: DeviceKeys): Promise<Reply> {
  const session = connectTo(hub);
  try {
    return await callOn(session, 'POST', '/v1/enrol', {
      code: parseEnrolmentCode(code)?.secret ?? code,
      device: keys.device,
      csr: keys.csr,
      signKey: keys.signPublic,
      boxKey: keys.boxPublic,
    });
  } finally {
    session.close();
  }
}

/** Enrols a device of a unit and, unless told otherwise, lets it publish the unit key or be admitted by `admittedBy`. */
export async function enrolDevice(hub: Hub, unit: string, role: 'officer' | 'ncb' | 'admin' = 'officer', options: { readonly admittedBy?: Device; readonly waiting?: boolean } = {}): Promise<Device> {
  const keys = await makeDeviceKeys();
  const answer = await requestEnrolment(hub, await hub.admin.createCode(unit, role), keys);
  if (answer.status !== 200) throw new Error(`enrolment refused: ${JSON.stringify(answer.body)}`);
  const device = attach(hub, unit, keys, { key: keys.tlsKey, cert: (answer.body as EnrolAnswer).cert });
  if (options.waiting) return device;
  if (options.admittedBy) await options.admittedBy.uploadKeys({ admissions: [{ device: device.id, wrapped: new Uint8Array(randomBytes(124)) }] });
  else await device.uploadKeys({ unitBoxKey: new Uint8Array(randomBytes(32)) });
  return device;
}

/** The same device at a hub that was started anew; its {@link Device.call} alone goes there. */
export function reconnectTo(hub: Hub, device: Device): Device {
  device.close();
  const session = connectTo(hub, device.credentials);
  return { ...device, session, call: (method, path, body) => callOn(session, method, path, body), close: () => session.destroy() };
}

function attach(hub: Hub, unit: string, keys: DeviceKeys, credentials: Credentials): Device {
  const session = connectTo(hub, credentials);
  const call = (method: string, path: string, body?: unknown): Promise<Reply> => callOn(session, method, path, body);
  const demand = async (reply: Promise<Reply>): Promise<unknown> => {
    const { status, body } = await reply;
    if (status !== 200) throw new Error(`hub answered ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const pull = async (cursor = '', limit = 500): Promise<PullAnswer> => (await demand(call('GET', `/v1/pull?cursor=${encodeURIComponent(cursor)}&limit=${limit}`))) as PullAnswer;
  return {
    id: keys.device,
    unit,
    keys,
    credentials,
    call,
    pull,
    session,
    push: async (...rows) => (await demand(call('POST', '/v1/push', { rows }))) as PushAnswer,
    pullAll: async () => {
      const rowsById = new Map<string, PulledRow>();
      for (let cursor = ''; ;) {
        const page = await pull(cursor);
        for (const row of page.rows) rowsById.set(row.id, row);
        cursor = page.cursor;
        if (page.done) return rowsById;
      }
    },
    directory: async () => (await demand(call('GET', '/v1/directory'))) as Directory,
    keysAt: async () => (await demand(call('GET', '/v1/keys'))) as KeyAnswer,
    uploadKeys: (upload) => call('POST', '/v1/keys', upload),
    close: () => session.destroy(),
  };
}
