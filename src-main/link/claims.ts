import { sign } from 'node:crypto';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest } from '#shared/contract/ipc.ts';
import type { Directory } from '#shared/contract/sync.ts';
import { claimSigningBytes } from '#shared/contract/wire.ts';
import type { Claim, ReleaseBody } from '#shared/schema/release.ts';
import { privateKeyOf, type Identity } from '../keys/identity.ts';
import type { SealLedger } from './seal-ledger.ts';

const DAY_MS = 86_400_000;

function signClaim(identity: Identity, claim: Claim): ReleaseBody {
  return { claim, signature: sign(null, claimSigningBytes(claim), privateKeyOf(identity.signKey)).toString('base64url') };
}

function validity(nowMs: number, days: number): { readonly signedAt: string; readonly expires: string } {
  return { signedAt: new Date(nowMs).toISOString(), expires: new Date(nowMs + days * DAY_MS).toISOString() };
}

/**
 * Signs the release of the version of a record that this device pulled. Works offline.
 * Errors: `not-enrolled`, `release-not-ncb`, `release-changed` (the hub's version is another one, or not known here yet).
 */
export function signRelease(request: IpcRequest<'release.sign'>, identity: Identity, ledger: Pick<SealLedger, 'get'>, nowMs: number): Result<ReleaseBody, AppError> {
  if (!identity.hub) return err({ code: 'not-enrolled' });
  if (identity.hub.role !== 'ncb') return err({ code: 'release-not-ncb' });
  const version = ledger.get(request.record);
  if (version?.rev !== request.rev) return err({ code: 'release-changed' });
  const { record, rev, purpose, legalBasis } = request;
  const audience = [...new Set(request.audience)].sort();
  return ok(signClaim(identity, { kind: 'release', record, rev, sha256: version.sha256, audience, purpose, legalBasis, ...validity(nowMs, request.days), signer: identity.deviceId }));
}

/** Signs the own country's standing release for a taskforce. Errors: `not-enrolled`, `release-not-ncb`. */
export function signMandate(request: IpcRequest<'release.mandate'>, identity: Identity, directory: Directory | undefined, nowMs: number): Result<ReleaseBody, AppError> {
  if (!identity.hub) return err({ code: 'not-enrolled' });
  if (identity.hub.role !== 'ncb') return err({ code: 'release-not-ncb' });
  const country = directory?.units.find((unit) => unit.id === identity.hub?.unit)?.country;
  if (!country) return err({ code: 'hub-unreachable' });
  const { bucket, tlpCeiling, purpose, legalBasis } = request;
  return ok(
    signClaim(identity, { kind: 'mandate', bucket, country, entities: [...request.entities].sort(), tlpCeiling, purpose, legalBasis, ...validity(nowMs, request.days), signer: identity.deviceId }),
  );
}
