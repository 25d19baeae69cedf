import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '#shared/base/ids.ts';
import * as x509 from '@peculiar/x509';
import { openHubKeys, type HubKeys } from './hub-keys.ts';

type CryptoKey = webcrypto.CryptoKey;

x509.cryptoProvider.set(webcrypto);

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const SERVER_DAYS = 397;
const CA_PATIENCE_MS = 5_000;
/** Life of a device certificate. */
export const DEVICE_DAYS = 90;
/** Certificates start a little in the past: clocks of devices differ. */
const SKEW_MS = 300_000;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** The hub's own authority for devices and for its server certificate. */
export interface DeviceCa {
  /** PEM */
  readonly certPem: string;
  /** First 10 bytes of SHA-256 of the certificate (DER), carried by enrolment codes. */
  readonly pin: Uint8Array;
  /** For bundles. */
  readonly keys: HubKeys;
  /** A fresh key and certificate for the server under these names and addresses, loopback included. PEM. */
  readonly issueServer: (hosts: readonly string[]) => Promise<{ readonly key: string; readonly cert: string }>;
  /** A certificate for a device from its PKCS#10 request, or undefined where the request is malformed, not P-256 or not signed by its key. */
  readonly signDevice: (csrPem: string, device: string, unit: string) => Promise<DeviceCertificate | undefined>;
}

export interface DeviceCertificate {
  /** PEM */
  readonly cert: string;
  /** SHA-256 of the certificate (DER), hexadecimal lower case. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly notAfterMs: number;
}

/** Opens the authority kept in `folder` (ca.pem, ca.key with mode 0600), or makes it. Hubs that share a database share this folder. `clock` dates what it issues. */
export async function openDeviceCa(folder: string, clock: Clock = Date.now): Promise<DeviceCa> {
  const certPath = join(folder, 'ca.pem');
  const keyPath = join(folder, 'ca.key');
  if (!existsSync(certPath)) await makeCa(folder, certPath, keyPath, clock());
  const cert = new x509.X509Certificate(readFileSync(certPath, 'utf8'));
  const [der] = x509.PemConverter.decode(readFileSync(keyPath, 'utf8'));
  if (!der) throw new Error(`${keyPath} holds no key`);
  const key = await webcrypto.subtle.importKey('pkcs8', der, P256, false, ['sign']);
  return {
    certPem: cert.toString('pem'),
    pin: createHash('sha256').update(new Uint8Array(cert.rawData)).digest().subarray(0, 10),
    keys: openHubKeys(folder),
    issueServer: (hosts) => issueServer(cert, key, hosts, clock()),
    signDevice: (csrPem, device, unit) => signDevice(cert, key, csrPem, device, unit, clock()),
  };
}

/** Of several hubs that start at once on one folder, the one that wrote the key makes the certificate; the others wait for it. */
async function makeCa(folder: string, certPath: string, keyPath: string, nowMs: number): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  if (!isFirst(keyPath, await toPem(made.privateKey))) {
    for (const end = Date.now() + CA_PATIENCE_MS; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) if (existsSync(certPath)) return;
    throw new Error(`${folder} holds a key without its certificate: remove ca.key if no device was ever enrolled with it`);
  }
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Suar hub device CA',
    keys: made,
    signingAlgorithm: P256,
    ...validity(CA_DAYS, nowMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(made.publicKey),
    ],
  });
  // the certificate last and whole: its presence says that the authority is complete
  writeFileSync(`${certPath}.new`, cert.toString('pem'), { mode: 0o644 });
  renameSync(`${certPath}.new`, certPath);
}

function isFirst(keyPath: string, pem: string): boolean {
  try {
    writeFileSync(keyPath, pem, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function issueServer(ca: x509.X509Certificate, caKey: CryptoKey, hosts: readonly string[], nowMs: number): Promise<{ key: string; cert: string }> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const names = [...new Set([...hosts, 'localhost', '127.0.0.1', '::1'])];
  const san = new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })));
  const cert = await issue(ca, caKey, keys.publicKey, 'CN=Suar hub', validity(SERVER_DAYS, nowMs), SERVER_AUTH, [san]);
  return { key: await toPem(keys.privateKey), cert: cert.toString('pem') };
}

async function signDevice(ca: x509.X509Certificate, caKey: CryptoKey, csrPem: string, device: string, unit: string, nowMs: number): Promise<DeviceCertificate | undefined> {
  try {
    const csr = new x509.Pkcs10CertificateRequest(csrPem);
    if (!(await csr.verify())) return undefined;
    const publicKey = await csr.publicKey.export(P256, ['verify']);
    const cert = await issue(ca, caKey, publicKey, `CN=${device}, OU=${unit}`, validity(DEVICE_DAYS, nowMs), CLIENT_AUTH, []);
    return { cert: cert.toString('pem'), fingerprint: createHash('sha256').update(new Uint8Array(cert.rawData)).digest('hex'), notAfterMs: cert.notAfter.getTime() };
  } catch {
    return undefined;
  }
}

async function issue(ca: x509.X509Certificate, caKey: CryptoKey, publicKey: CryptoKey, subject: string, life: Life, usage: string, more: readonly x509.Extension[]): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: ca.subject,
    signingKey: caKey,
    publicKey,
    signingAlgorithm: P256,
    ...life,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage], true),
      await x509.AuthorityKeyIdentifierExtension.create(ca),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      ...more,
    ],
  });
}

interface Life {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

function validity(days: number, nowMs: number): Life {
  return { notBefore: new Date(nowMs - SKEW_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

/** A positive 16-byte serial number. */
function serial(): string {
  return `1${randomBytes(16).toString('hex').slice(1)}`;
}

async function toPem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
