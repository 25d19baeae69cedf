import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { cryptoProvider, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate request (PKCS#10, PEM) of a device for its TLS key (PKCS#8 DER). */
export async function createCsr(deviceId: string, tlsKey: Uint8Array): Promise<string> {
  cryptoProvider.set(webcrypto as unknown as Crypto);
  const privateKey = await webcrypto.subtle.importKey('pkcs8', Uint8Array.from(tlsKey), ALGORITHM, true, ['sign']);
  const { d: _private, key_ops: _ops, ...publicJwk } = await webcrypto.subtle.exportKey('jwk', privateKey);
  const publicKey = await webcrypto.subtle.importKey('jwk', publicJwk, ALGORITHM, true, ['verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({ name: `CN=${deviceId}`, keys: { privateKey, publicKey } as unknown as CryptoKeyPair, signingAlgorithm: ALGORITHM });
  return csr.toString('pem');
}
