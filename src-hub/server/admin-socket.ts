import { chmodSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { AdminError } from '../access/admin.ts';
import { ADMIN_METHODS, type HubAdmin } from './hub-admin.ts';

const MAX_REQUEST_BYTES = 1024 * 1024;

type Call = (...args: readonly unknown[]) => Promise<unknown>;

/** Where a running hub takes orders: a socket only its own user can open (a named pipe on Windows). */
export function adminSocketPath(dataDir: string): string {
  if (process.platform !== 'win32') return join(dataDir, 'admin.sock');
  return `\\\\.\\pipe\\suar-hub-${createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16)}`;
}

/** Serves {@link HubAdmin} on the socket of `dataDir`. Call only while holding the data directory. */
export function serveAdmin(admin: HubAdmin, dataDir: string): Promise<Server> {
  const path = adminSocketPath(dataDir);
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const server = createServer((incoming, response) => {
    void answer(admin, incoming).then((value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)));
  });
  return new Promise<Server>((done, fail) => {
    server.once('error', fail);
    // the socket is bound before listen() returns; nobody else may open it for a moment either
    const mask = process.umask(0o177);
    server.listen(path, () => {
      if (process.platform !== 'win32') chmodSync(path, 0o600);
      done(server);
    });
    process.umask(mask);
  });
}

async function answer(admin: HubAdmin, incoming: IncomingMessage): Promise<{ readonly value?: unknown; readonly error?: string }> {
  try {
    const order: unknown = JSON.parse(await readText(incoming));
    if (typeof order !== 'object' || order === null || !('method' in order) || !('args' in order) || !Array.isArray(order.args)) return { error: 'malformed order' };
    const method = ADMIN_METHODS.find((known) => known === order.method);
    if (!method) return { error: 'unknown order' };
    return { value: (await (admin[method] as Call)(...order.args)) ?? null };
  } catch (error) {
    return { error: error instanceof AdminError ? error.message : 'the hub failed; see its log' };
  }
}

async function readText(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MAX_REQUEST_BYTES) throw new AdminError('order too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** {@link HubAdmin} of the hub that runs on `dataDir`, or undefined where none answers. */
export async function connectAdmin(dataDir: string): Promise<HubAdmin | undefined> {
  const path = adminSocketPath(dataDir);
  try {
    await send(path, 'status', []);
  } catch (error) {
    if (error instanceof AdminError) throw error;
    return undefined;
  }
  const calls = Object.fromEntries(ADMIN_METHODS.map((method) => [method, (...args: readonly unknown[]) => send(path, method, args)]));
  return calls as unknown as HubAdmin;
}

function send(path: string, method: string, args: readonly unknown[]): Promise<unknown> {
  return new Promise((done, fail) => {
    const outgoing = request({ socketPath: path, method: 'POST', path: '/' }, (response) => {
      readText(response)
        .then((text) => {
          const reply = JSON.parse(text) as { value?: unknown; error?: string };
          if (reply.error === undefined) done(reply.value);
          else fail(new AdminError(reply.error));
        })
        .catch(fail);
    });
    outgoing.once('error', fail);
    outgoing.end(JSON.stringify({ method, args }));
  });
}
