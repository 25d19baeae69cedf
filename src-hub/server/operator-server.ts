import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Database } from '../db/database.ts';
import { readHealth, type Health } from '../db/health.ts';
import type { HubMetrics } from './metrics.ts';
import { OPERATOR_TEXT } from './operator-text.ts';

/**
 * Serves the operator on loopback only, without content or names: `/metrics` for Prometheus, `/` a status page, `/live` (the process answers) and `/ready` (a
 * node of the database takes writes: 200, else 503).
 */
export function serveOperator(db: Database, metrics: HubMetrics, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const route = request.method === 'GET' ? ROUTES[request.url ?? ''] : undefined;
    if (!route) return void response.writeHead(404).end();
    void route(response, db, metrics).catch(() => response.writeHead(500).end());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

type Route = (response: ServerResponse, db: Database, metrics: HubMetrics) => Promise<unknown>;

const ROUTES: Readonly<Record<string, Route>> = {
  '/metrics': async (response, _db, { registry }) => response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics()),
  '/live': (response) => Promise.resolve(response.writeHead(200, PLAIN).end('live\n')),
  '/ready': async (response, db) => {
    const health = await healthNow(db);
    response.writeHead(health ? 200 : 503, PLAIN).end(health ? 'ready\n' : 'not ready\n');
  },
  '/': async (response, db, metrics) => {
    const health = await healthNow(db);
    const streams = (await metrics.openStreams.get()).values[0]?.value ?? 0;
    response.writeHead(health ? 200 : 503, PAGE).end(statusPage(health, streams));
  },
};

const PATIENCE_MS = 2_000;
const PLAIN = { 'content-type': 'text/plain; charset=utf-8' };
const PAGE = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'", 'cache-control': 'no-store' };

/** Undefined where the database does not answer soon: whoever asks for health waits for no failover. */
function healthNow(db: Database): Promise<Health | undefined> {
  let patience: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (patience = setTimeout(() => resolve(undefined), PATIENCE_MS)));
  const read = readHealth(db).catch(() => undefined);
  return Promise.race([read, late]).finally(() => clearTimeout(patience));
}

function statusPage(health: Health | undefined, streams: number): string {
  const lines = health ? [OPERATOR_TEXT.up, health.isSynchronous ? OPERATOR_TEXT.synchronous : OPERATOR_TEXT.alone, ...(health.backupAt ? [] : [OPERATOR_TEXT.noBackup])] : [OPERATOR_TEXT.down];
  const values: Readonly<Record<string, unknown>> = { ...health, streams };
  const rows = Object.entries(OPERATOR_TEXT.rows).flatMap(([key, label]) =>
    values[key] === undefined || values[key] === null ? [] : [`<tr><th scope="row">${label}</th><td>${escape(String(values[key]))}</td></tr>`],
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="15"><title>${OPERATOR_TEXT.title}</title><h1>${OPERATOR_TEXT.title}</h1>${lines.map((line) => `<p>${line}</p>`).join('')}<table>${rows.join('')}</table></html>\n`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
