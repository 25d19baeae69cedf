import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { protocol, type Session } from 'electron';

/** The only origin the window may load. */
export const APP_ORIGIN = 'app://bundle';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.wasm': 'application/wasm',
};

/**
 * The window's Content Security Policy. `connect-src 'self'` reaches `app://` and nothing else;
 * `wasm-unsafe-eval` is the one exception, for the search and correlation index (docs/adr/0006).
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types suar-worker',
].join('; ');

/** Must run before the application is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }]);
}

/**
 * The file a request path names inside `root`, or undefined where it leaves the folder or cannot be decoded.
 * `..`, encoded separators, NUL and absolute paths all end as undefined.
 */
export function resolveBundlePath(root: string, requestPath: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(requestPath);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined;
  const file = path.resolve(root, decoded === '/' ? 'index.html' : `.${decoded}`);
  return file.startsWith(root + path.sep) ? file : undefined;
}

/** Serves the built window from `root` under `app://bundle`; everything else is 404. */
export function serveBundle(session: Session, root: string): void {
  const notFound = () => new Response('not found', { status: 404 });
  session.protocol.handle('app', async (request) => {
    const url = new URL(request.url);
    const file = url.host === 'bundle' && request.method === 'GET' ? resolveBundlePath(root, url.pathname) : undefined;
    const type = file ? TYPES[path.extname(file)] : undefined;
    if (!file || !type) return notFound();
    try {
      return new Response(new Uint8Array(await readFile(file)), {
        headers: {
          'content-type': type,
          'content-security-policy': CONTENT_SECURITY_POLICY,
          'x-content-type-options': 'nosniff',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-embedder-policy': 'require-corp',
        },
      });
    } catch {
      return notFound();
    }
  });
}
