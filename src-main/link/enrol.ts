import 'reflect-metadata';
import { X509Certificate } from '@peculiar/x509';
import { bytesToHex } from '#shared/base/ids.ts';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { parseEnrolmentCode } from '#shared/contract/wire.ts';
import { privateKeyOf, rawPublicKey, type HubBinding, type Identity } from '../keys/identity.ts';
import { CaAnswerSchema, checkAnswer, EnrolAnswerSchema } from './answers.ts';
import { createCsr } from './csr.ts';
import { createHubClient } from './hub-client.ts';
import { renewalProof } from './renew.ts';
import { sha256 } from './signing.ts';

/** PEM of the device's TLS private key; whoever asks zeroes it. */
export function tlsKeyPem(identity: Identity): Uint8Array {
  return Buffer.from(privateKeyOf(identity.tlsKey).export({ format: 'pem', type: 'pkcs8' }));
}

/**
 * Enrols this device with a one-time code. The CA is fetched first and compared with the pin inside the code; only then,
 * over a connection that trusts this CA alone, does the secret leave the device.
 * Errors: `code-malformed`, `code-refused`, `hub-untrusted`, `hub-unreachable`, `hub-garbage`, `hub-busy`.
 */
export async function enrolDevice(identity: Identity, codeText: string): Promise<Result<HubBinding, AppError>> {
  const code = parseEnrolmentCode(codeText);
  if (!code) return err({ code: 'code-malformed' });
  const { host, port } = code;
  const open = createHubClient({ host, port, ca: undefined });
  const answer = checkAnswer(CaAnswerSchema, await open.request('GET', '/v1/ca'));
  open.close();
  if (!answer.ok) return answer;
  const { ca } = answer.value;
  try {
    if (bytesToHex(sha256(new Uint8Array(new X509Certificate(ca).rawData)).subarray(0, 10)) !== code.caPin) return err({ code: 'hub-untrusted' });
  } catch {
    return err({ code: 'hub-garbage' });
  }
  const pinned = createHubClient({ host, port, ca });
  // With a wrong clock here the hub's is taken for it, and checked with this answer; the secret goes only then.
  const trusted = checkAnswer(CaAnswerSchema, await pinned.request('GET', '/v1/ca'));
  if (!trusted.ok) {
    pinned.close();
    return trusted;
  }
  const csr = await createCsr(identity.deviceId, identity.tlsKey);
  const request = {
    code: code.secret,
    device: identity.deviceId,
    csr,
    proof: renewalProof(identity, csr),
    signKey: rawPublicKey(privateKeyOf(identity.signKey)),
    boxKey: rawPublicKey(privateKeyOf(identity.boxKey)),
  };
  const enrolled = checkAnswer(EnrolAnswerSchema, await pinned.request('POST', '/v1/enrol', request));
  pinned.close();
  if (!enrolled.ok) return enrolled;
  return ok({ host, port, ca, cert: enrolled.value.cert, unit: enrolled.value.unit, role: enrolled.value.role });
}
