import { X509Certificate } from 'node:crypto';
import { checkServerIdentity, type TLSSocket } from 'node:tls';

/** Whom a connection trusts. */
export interface TrustOptions {
  readonly host: string;
  /** PEM of the pinned CA. */
  readonly ca: string;
  /** The present is not before this, as far as the hub has ever shown: milliseconds since 1970. */
  readonly floorMs: number;
}

/** Judges one hub for one client: its certificate, and the time it tells. */
export interface HubTrust {
  /** Why a connection just made is not used; undefined where it is. */
  readonly refusal: (socket: TLSSocket) => Error | undefined;
  /** Takes in the `date` of an answer; false where it does not go with the certificate, so that nothing of the answer may be used. */
  readonly hear: (date: string | undefined) => boolean;
  /** Hub's clock minus this device's in milliseconds, to about a second; undefined before the first answer. */
  readonly offsetMs: () => number | undefined;
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
/** What a clock may be wrong by without anybody minding, in milliseconds. */
const SLACK_MS = 300_000;
/** How far behind the newest time seen a hub may be: its clock may have been put right since. */
const FLOOR_SLACK_MS = 86_400_000;
/** What OpenSSL says where this device's clock is outside of the certificate's life. */
const TIME_FAILURES = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

function refused(code: string): Error {
  return Object.assign(new Error('the hub is not trusted'), { code });
}

function failureOf(socket: TLSSocket): string {
  const failure: unknown = socket.authorizationError;
  return typeof failure === 'string' ? failure : String((Object(failure) as { code?: unknown }).code ?? 'UNABLE_TO_VERIFY');
}

/** Everything OpenSSL would check of the certificate but the time: of several failures it tells only the last, and Node skips the name after any. */
function isOfAuthority(leaf: X509Certificate, authority: X509Certificate, host: string): boolean {
  const hasUsage = (leaf.keyUsage as readonly string[] | undefined)?.includes(SERVER_AUTH) ?? false;
  return hasUsage && !leaf.ca && leaf.checkIssued(authority) && leaf.verify(authority.publicKey) && checkServerIdentity(host, leaf.toLegacyObject()) === undefined;
}

/**
 * Trust in a hub of the pinned CA that survives a wrong clock on this device. What OpenSSL accepts is accepted. Where nothing but the time is in the
 * way, the hub's own word for the time counts, within two bounds no network can move: both certificates' lives, and the newest time seen before. A hub key that
 * was stolen and has ended is so refused by every device that has seen a later day, whatever its clock says.
 */
export function createHubTrust({ host, ca, floorMs }: TrustOptions): HubTrust {
  const authority = new X509Certificate(ca);
  let bounds: { readonly fromMs: number; readonly toMs: number } | undefined;
  let offset: number | undefined;
  return {
    refusal: (socket) => {
      bounds = undefined;
      if (socket.authorized) return undefined;
      const failure = failureOf(socket);
      const leaf = socket.getPeerX509Certificate();
      if (!TIME_FAILURES.includes(failure) || !leaf || !isOfAuthority(leaf, authority, host)) return refused(TIME_FAILURES.includes(failure) ? 'CERT_REJECTED' : failure);
      const fromMs = Math.max(Date.parse(leaf.validFrom), Date.parse(authority.validFrom)) - SLACK_MS;
      const toMs = Math.min(Date.parse(leaf.validTo), Date.parse(authority.validTo));
      bounds = { fromMs: Math.max(fromMs, floorMs - FLOOR_SLACK_MS), toMs };
      return bounds.fromMs <= bounds.toMs ? undefined : refused(failure);
    },
    hear: (date) => {
      const hubMs = Date.parse(date ?? '');
      if (!Number.isFinite(hubMs)) return bounds === undefined;
      if (bounds && (hubMs < bounds.fromMs || hubMs > bounds.toMs)) return false;
      offset = hubMs - Date.now();
      return true;
    },
    offsetMs: () => offset,
  };
}
