import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A loopback line in front of a server that counts every byte, TLS and HTTP framing included. */
export interface CountingLine {
  readonly port: number;
  readonly bytes: () => { readonly up: number; readonly down: number };
  readonly close: () => Promise<void>;
}

/** Opens a line to `port` on 127.0.0.1. */
export async function openCountingLine(port: number): Promise<CountingLine> {
  let [up, down] = [0, 0];
  const sockets = new Set<Socket>();
  const server = createServer((device) => {
    const hub = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [device, hub],
      [hub, device],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
      from.pipe(to);
    }
    device.on('data', (chunk) => (up += chunk.length));
    hub.on('data', (chunk) => (down += chunk.length));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => ({ up, down }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
