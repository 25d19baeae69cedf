import { promisify } from 'node:util';
import { deflate, inflateSync } from 'node:zlib';
import type { HubApp } from './hub-app.ts';

const deflateLater = promisify(deflate);
/** Shorter answers gain nothing. */
const WORTH_BYTES = 256;

/** Compresses answers for devices that ask for it: half of a record on the wire is envelope, and envelopes repeat. */
export function addCompression(app: HubApp): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const asked = String(request.headers['accept-encoding'] ?? '').includes('deflate');
    if (!asked || !Buffer.isBuffer(payload) || payload.length < WORTH_BYTES) return payload;
    void reply.header('content-encoding', 'deflate');
    return deflateLater(payload, { level: 6 });
  });
}

/** The bytes of a request body, inflated where its encoding says so. Throws where it is no deflate or grows beyond `limit` bytes. */
export function inflateBody(body: Uint8Array, encoding: string | undefined, limit: number): Uint8Array {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'deflate') throw new Error('unknown encoding');
  return new Uint8Array(inflateSync(body, { maxOutputLength: limit }));
}
