import 'reflect-metadata';
import { createCipheriv, createHash, createPrivateKey, generateKeyPairSync, randomBytes, randomUUID, sign, webcrypto, type KeyObject } from 'node:crypto';
import { connect, type ClientHttp2Session } from 'node:http2';
import * as x509 from '@peculiar/x509';
import type { Directory, EnrolAnswer, KeyAnswer, KeyUpload, PullAnswer, PulledRow, PushAnswer, PushRow, WireRecord, Wrap } from '#shared/contract/sync.ts';
import { claimSigningBytes, fromCbor, parseEnrolmentCode, recordSigningBytes, toCbor } from '#shared/contract/wire.ts';
import type { Claim, MandateClaim, ReleaseClaim } from '#shared/schema/release.ts';
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
    stream.on('response', (headers) => { status = Number(headers[':status']); });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => {
      const bytes = new Uint8Array(Buffer.concat(chunks));
      try {
        resolve({ status, body: bytes.length > 0 ? fromCbor(bytes) : undefined });
      } catch {
        resolve({ status, body: Buffer.from(bytes).toString('utf8') });
      }
    });
    stream.end(payload);
  });
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
  const tls = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${device}`, keys: tls, signingAlgorithm: P256 });
  const signing = generateKeyPairSync('ed25519');
  const raw = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-32));
  return {
    device, csr: csr.toString('pem'),
    tlsKey: x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', tls.privateKey), 'PRIVATE KEY'),
    signKey: createPrivateKey(signing.privateKey.export({ format: 'pem', type: 'pkcs8' })),
    signPublic: raw(signing.publicKey),
    boxPublic: raw(generateKeyPairSync('x25519').publicKey),
  };
}

/** Sends an enrolment request. */
export async function requestEnrolment(hub: Hub, code: string, keys: DeviceKeys): Promise<Reply> {
  const session = connectTo(hub);
  try {
    return await callOn(session, 'POST', '/v1/enrol', {
      code: parseEnrolmentCode(code)?.secret ?? code, device: keys.device, csr: keys.csr, signKey: keys.signPublic, boxKey: keys.boxPublic,
    });
  } finally {
    session.close();
  }
}

/** Enrols a device of a unit and, unless told otherwise, lets it publish the unit key or be admitted by `admittedBy`. */
export async function enrolDevice(hub: Hub, unit: string, role: 'officer' | 'ncb' = 'officer', options: { readonly admittedBy?: Device; readonly waiting?: boolean } = {}): Promise<Device> {
  const keys = await makeDeviceKeys();
  const answer = await requestEnrolment(hub, await hub.admin.createCode(unit, role), keys);
  if (answer.status !== 200) throw new Error(`enrolment refused: ${JSON.stringify(answer.body)}`);
  const device = attach(hub, unit, keys, { key: keys.tlsKey, cert: (answer.body as EnrolAnswer).cert });
  if (options.waiting) return device;
  if (options.admittedBy) await options.admittedBy.uploadKeys({ admissions: [{ device: device.id, wrapped: new Uint8Array(randomBytes(124)) }] });
  else await device.uploadKeys({ unitBoxKey: new Uint8Array(randomBytes(32)) });
  return device;
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
    id: keys.device, unit, keys, credentials, call, pull, session,
    push: async (...rows) => (await demand(call('POST', '/v1/push', { rows }))) as PushAnswer,
    pullAll: async () => {
      const rowsById = new Map<string, PulledRow>();
      for (let cursor = ''; ; ) {
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

/** Whether a pulled row carries content. */
export function isRecord(row: PulledRow | undefined): row is WireRecord {
  return row !== undefined && !('gone' in row);
}

/** Random wraps of the right shape: the hub cannot tell them from real ones. */
export function wrapsFor(audience: readonly string[]): Wrap[] {
  return audience.map((b) => ({ b, e: 1, k: new Uint8Array(randomBytes(60)) }));
}

/** Text sealed under a key that is thrown away, in the layout of a body. */
export function sealText(text: string): Uint8Array {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), nonce);
  return new Uint8Array(Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]));
}

/** A revision token. */
export function newRev(): string {
  return randomBytes(12).toString('hex');
}

/** A signed record of `device`; `changes` replace fields before signing. */
export function makeRecord(device: Device, changes: Partial<WireRecord> = {}): WireRecord {
  const audience = changes.audience ?? [`u:${device.unit}`];
  const deleted = changes.deleted ?? false;
  const draft = {
    id: randomUUID(), entity: 'brief', owner: device.unit, audience, tlp: 'AMBER' as const, rev: newRev(), deleted, author: device.id, ref: '',
    body: deleted ? new Uint8Array(0) : sealText(`content ${randomUUID()}`), wraps: deleted ? [] : wrapsFor(audience), ...changes,
  };
  return { ...draft, sig: changes.sig ?? signRecord(device, draft) };
}

/** The author's signature of a record. */
export function signRecord(device: Device, rec: Omit<WireRecord, 'sig'>): Uint8Array {
  return new Uint8Array(sign(null, recordSigningBytes(rec, sha256(rec.body)), device.keys.signKey));
}

/** The push row of a new record. */
export function newRow(rec: WireRecord): PushRow {
  return { rec, assumed: null };
}

/** The push row of an edit of `before` by `device`. */
export function editRow(device: Device, before: WireRecord, changes: Partial<WireRecord> = {}): PushRow {
  const { id, entity, owner, audience, tlp, ref } = before;
  return { rec: makeRecord(device, { id, entity, owner, audience, tlp, ref, ...changes }), assumed: before.rev };
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

const YEAR_MS = 365 * 86_400_000;

/** A release claim for a record and its whole new audience. */
export function makeReleaseClaim(signer: Device, rec: WireRecord, audience: readonly string[], changes: Partial<ReleaseClaim> = {}): ReleaseClaim {
  return {
    kind: 'release', record: rec.id, rev: rec.rev, sha256: Buffer.from(sha256(rec.body)).toString('hex'), audience: [...audience], purpose: 'investigation',
    legalBasis: 'police-cooperation', signedAt: new Date().toISOString(), expires: new Date(Date.now() + YEAR_MS).toISOString(), signer: signer.id, ...changes,
  };
}

/** A mandate claim. */
export function makeMandateClaim(signer: Device, bucket: string, country: string, changes: Partial<MandateClaim> = {}): MandateClaim {
  return {
    kind: 'mandate', bucket, country, entities: ['case', 'intel', 'brief'], tlpCeiling: 'AMBER', purpose: 'investigation', legalBasis: 'police-cooperation',
    signedAt: new Date().toISOString(), expires: new Date(Date.now() + YEAR_MS).toISOString(), signer: signer.id, ...changes,
  };
}

/** The push row that carries a signed claim; `grants` default to every bucket of a release. */
export function claimRow(device: Device, claim: Claim, changes: Partial<WireRecord> = {}, grants?: readonly Wrap[]): PushRow {
  const audience = [...new Set([`u:${device.unit}`, ...(claim.kind === 'release' ? claim.audience : [claim.bucket])])];
  const signature = sign(null, claimSigningBytes(claim), device.keys.signKey).toString('base64url');
  return {
    rec: makeRecord(device, { entity: 'release', audience, ref: claim.kind === 'release' ? claim.record : '', ...changes }),
    assumed: null,
    claim: { claim, signature },
    ...(claim.kind === 'release' ? { grants: [...(grants ?? wrapsFor(claim.audience))] } : {}),
  };
}
