import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import { join } from 'node:path';
import { pino } from 'pino';
import { openDatabase, type StorageOptions } from './db/open.ts';
import type { Database } from './db/database.ts';
import { selfTest } from './db/self-test.ts';
import { openDeviceCa } from './identity/ca.ts';
import { openRevocationList } from './identity/revocation-list.ts';
import { serveAdmin } from './server/admin-socket.ts';
import { buildApp } from './server/app.ts';
import { createAdmin, type HubAdmin } from './server/hub-admin.ts';
import { readConfig } from './server/hub-config.ts';
import type { HubApp } from './server/hub-app.ts';
import { createMetrics } from './server/metrics.ts';
import { serveOperator } from './server/operator-server.ts';
import { sweepExpired } from './server/sweep.ts';
import { keepServerCertificate, serverTls } from './server/server-certificate.ts';
import { createWakeBoard } from './server/wake-board.ts';

/** Everything has a default: an embedded database in `dataDir`, the address of hub.json. */
export interface HubOptions extends StorageOptions {
  /** Address to listen on; 0.0.0.0 by default. */
  readonly host?: string;
  /** 0 picks a free port. */
  readonly port?: number;
  /** Names in the server certificate; the first is printed in codes. */
  readonly hosts?: readonly string[];
  /** Folder of ca.pem and ca.key; hubs that share a database share it. `dataDir`/ca by default. */
  readonly caDir?: string | undefined;
  /** Loopback port of the operator: metrics, status page, health; none by default. */
  readonly metricsPort?: number | undefined;
  /** Enrolment attempts allowed from one address in a minute. */
  readonly enrolPerMinute?: number;
  /** Time between two certificates of the server, in milliseconds; SERVER_CERTIFICATE_MS by default. */
  readonly serverCertificateMs?: number;
  readonly logLevel?: 'silent' | 'warn' | 'info';
  /** Where log lines go; standard output by default. */
  readonly logTo?: { readonly write: (line: string) => void };
  /** Milliseconds since 1970; decides whether claims and certificates have ended. */
  readonly clock?: () => number;
}

/** A running hub. */
export interface Hub {
  readonly port: number;
  /** CA certificate, PEM. */
  readonly caPem: string;
  readonly admin: HubAdmin;
  /** Answers what is under way, ends streams, closes the database. */
  readonly close: () => Promise<void>;
}

const CLOSE_PATIENCE_MS = 2_000;

/**
 * Opens the database, proves that row-level security bites, and listens. Throws where the data directory is in use, a migration
 * fails, the self-test fails or the port is taken.
 */
export async function createHub(options: HubOptions): Promise<Hub> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const db = await openDatabase(options);
  try {
    await selfTest(db);
    return await startHub(db, options);
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function startHub(db: Database, options: HubOptions): Promise<Hub> {
  const config = readConfig(options.dataDir);
  const hosts = options.hosts ?? config.hosts;
  const caDir = options.caDir ?? join(options.dataDir, 'ca');
  const ca = await openDeviceCa(caDir, options.clock);
  const metrics = createMetrics(db);
  const wakes = await createWakeBoard(db);
  const context = { db, ca, wakes, metrics, clock: options.clock ?? Date.now, enrolPerMinute: options.enrolPerMinute ?? 20 };
  const makeTls = () => serverTls(ca, hosts);
  const app = await buildApp(context, await makeTls(), options.logTo ? pino({ level: options.logLevel ?? 'info' }, options.logTo) : pino({ level: options.logLevel ?? 'info' }));
  const sessions = trackSessions(app);
  const servers: Server[] = [];
  const endings = [sweepExpired(db, context.clock), keepServerCertificate(app, makeTls, options.serverCertificateMs)];
  const close = async (): Promise<void> => {
    for (const end of endings) end();
    wakes.close();
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    const patience = setTimeout(() => sessions.forEach((session) => session.destroy()), CLOSE_PATIENCE_MS);
    for (const session of sessions) session.close();
    await app.close();
    clearTimeout(patience);
    await db.close();
  };
  try {
    await app.listen({ host: options.host ?? '0.0.0.0', port: options.port ?? config.port });
    const address = app.server.address();
    const port = typeof address === 'object' && address ? address.port : config.port;
    const admin = createAdmin(db, ca, openRevocationList(caDir), () => ({ host: hosts[0] ?? '127.0.0.1', port }));
    servers.push(await serveAdmin(admin, options.dataDir));
    if (options.metricsPort !== undefined) servers.push(await serveOperator(db, metrics, options.metricsPort));
    return { port, caPem: ca.certPem, admin, close };
  } catch (error) {
    for (const end of endings) end();
    wakes.close();
    await app.close();
    throw error;
  }
}

function trackSessions(app: HubApp): ReadonlySet<ServerHttp2Session> {
  const sessions = new Set<ServerHttp2Session>();
  app.server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  return sessions;
}
