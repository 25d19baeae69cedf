import type { DeviceCa } from '../identity/ca.ts';
import type { HubApp } from './hub-app.ts';
import { TLS_OPTIONS, type ServerTls } from './app.ts';

/** How often a running hub gives itself a new certificate, in milliseconds: one lasts 397 days, and a hub may run for longer. */
export const SERVER_CERTIFICATE_MS = 30 * 86_400_000;
/** Longest wait of a timer. */
const MOST_WAIT_MS = 86_400_000;

/** A certificate for the names of a hub. */
export async function serverTls(ca: Pick<DeviceCa, 'issueServer' | 'certPem'>, hosts: readonly string[]): Promise<ServerTls> {
  return { ...(await ca.issueServer(hosts)), ca: ca.certPem };
}

/** Gives a running hub a new certificate every `everyMs`; connections that stand go on with theirs. What fails is tried again within a day. Answers how to end it. */
export function keepServerCertificate(app: HubApp, make: () => Promise<ServerTls>, everyMs = SERVER_CERTIFICATE_MS): () => void {
  let sinceMs = performance.now();
  const renew = async (): Promise<void> => {
    if (performance.now() - sinceMs < everyMs) return;
    const tls = await make();
    app.server.setSecureContext({ ...TLS_OPTIONS, ...tls });
    sinceMs = performance.now();
  };
  const timer = setInterval(() => void renew().catch(() => undefined), Math.min(everyMs, MOST_WAIT_MS));
  timer.unref();
  return () => clearInterval(timer);
}
