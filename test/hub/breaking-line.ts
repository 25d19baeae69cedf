import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a connection costs besides the content: TLS 1.3 with certificates of both sides, HTTP/2. */
export const HANDSHAKE_BYTES = 8 * 1024;
/** What may cross twice for one cut. */
export const WASTE_BYTES = 16 * 1024;

/** A line that breaks after so many bytes of each connection, in either direction. */
export interface BreakingLine {
  readonly port: number;
  readonly crossed: { up: number; down: number };
  readonly breaks: () => number;
  readonly close: () => Promise<void>;
}

/** Opens a line before a server on 127.0.0.1; `bytesToBreak` is asked for each connection. */
export async function breakingLine(port: number, bytesToBreak: () => number): Promise<BreakingLine> {
  const crossed = { up: 0, down: 0 };
  const open = new Set<Socket>();
  let breaks = 0;
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let left = bytesToBreak();
    const pipe = (from: Socket, to: Socket, way: 'up' | 'down'): void => {
      from.on('data', (chunk: Buffer) => {
        const passed = chunk.subarray(0, Math.max(0, left));
        left -= chunk.length;
        crossed[way] += passed.length;
        if (passed.length > 0 && !to.destroyed) to.write(passed);
        if (left > 0) return;
        if (!near.destroyed) breaks++;
        // what passed before arrives; then nothing more
        setTimeout(() => [near, far].forEach((socket) => socket.destroy()), 20);
      });
    };
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [near, far].forEach((each) => each.destroy()));
    }
    pipe(near, far, 'up');
    pipe(far, near, 'down');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    crossed,
    breaks: () => breaks,
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
