import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import { checkChain, nextPlace, type ChainFault, type ChainHead, type SignatureState } from '#shared/domain/custody/chain.ts';
import { custodySigningBytes } from '#shared/contract/wire.ts';
import type { CustodyBody, CustodyClaim } from '#shared/schema/custody.ts';
import { fullNameOf, privateKeyOf, rawPublicKey, type Identity } from '../keys/identity.ts';

/** SPKI header of a raw Ed25519 public key (RFC 8410). */
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** The parts of an entry an officer gives. */
export type CustodyAct = Pick<CustodyClaim, 'exhibit' | 'act' | 'from' | 'to' | 'reason' | 'condition' | 'lang' | 'sha256'>;

/** SHA-256 of what was signed and of the signature, hexadecimal: a later entry fixes both. */
export function entryHash({ claim, signature }: CustodyBody): string {
  return createHash('sha256').update(custodySigningBytes(claim)).update(Buffer.from(signature, 'base64url')).digest('hex');
}

/** Signs the next entry after `entries` as this device; who, when and the key are never the window's to say. */
export function signEntry(identity: Identity, entries: readonly CustodyBody[], act: CustodyAct, now: () => number): { readonly entry: CustodyBody; readonly head: string } {
  const key = privateKeyOf(identity.signKey);
  const claim: CustodyClaim = {
    ...act,
    ...nextPlace(entries, entryHash),
    at: new Date(now()).toISOString(),
    by: fullNameOf(identity),
    device: identity.deviceId,
    key: Buffer.from(rawPublicKey(key)).toString('base64url'),
  };
  const entry = { claim, signature: sign(null, custodySigningBytes(claim), key).toString('base64url') };
  return { entry, head: entryHash(entry) };
}

/** Whether an entry is signed by the key it names, and whether that is the key known of its device: its own, or the one pinned. */
function signatureState(identity: Identity, { claim, signature }: CustodyBody): SignatureState {
  try {
    const raw = Buffer.from(claim.key, 'base64url');
    const key = createPublicKey({ key: Buffer.concat([SPKI_ED25519, raw]), format: 'der', type: 'spki' });
    if (!verify(null, custodySigningBytes(claim), key, Buffer.from(signature, 'base64url'))) return 'wrong';
    const own = Buffer.from(rawPublicKey(privateKeyOf(identity.signKey))).toString('base64');
    const known = claim.device === identity.deviceId ? own : identity.devicePins[claim.device]?.sign;
    if (known === undefined) return 'unknown-key';
    // A key of the device's own choosing under another device's name is a forgery, not a stranger.
    return Buffer.from(known, 'base64').equals(raw) ? 'good' : 'wrong';
  } catch {
    return 'wrong';
  }
}

/** Checks a chain with the keys this device knows. */
export function checkCustody(identity: Identity, head: ChainHead, entries: readonly CustodyBody[]): readonly ChainFault[] {
  return checkChain(head, entries, { hashOf: entryHash, signatureOf: (entry) => signatureState(identity, entry) });
}
