import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createSeededNumbers } from '../../factories/seeded.ts';
import { TcpPipe } from './tcp-pipe.ts';

/** A line as a unit in a low-connectivity place has it. */
export interface LineKind {
  readonly bytesPerSecond: number;
  readonly roundTripMs: number;
  readonly loss: number;
  /** Bytes down after which a connection breaks, for one connection after another; without a number it holds. */
  readonly cuts?: readonly number[];
  /** The same for bytes up. */
  readonly cutsUp?: readonly number[];
}

/** 64 kbit/s over a satellite. */
export const SATELLITE: LineKind = { bytesPerSecond: 8000, roundTripMs: 600, loss: 0 };

/** A line in user space before a server on 127.0.0.1; real sockets at both ends, TCP in between is modelled (tcp-pipe.ts). */
export interface SlowLine {
  readonly port: number;
  /** Bytes handed on, TLS and HTTP framing included. */
  readonly bytes: () => { readonly up: number; readonly down: number };
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** Opens a line; `seed` decides which segments are lost. */
export async function openSlowLine(port: number, kind: LineKind, seed = 1): Promise<SlowLine> {
  const random = createSeededNumbers(seed);
  const options = { bytesPerSecond: kind.bytesPerSecond, oneWayMs: kind.roundTripMs / 2, loss: kind.loss, random };
  const pipes: { readonly up: TcpPipe; readonly down: TcpPipe }[] = [];
  const sockets = new Set<Socket>();
  const cuts = [...(kind.cuts ?? [])];
  const cutsUp = [...(kind.cutsUp ?? [])];
  const server = createServer({ allowHalfOpen: true }, (device) => {
    const hub = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [device, hub]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => sockets.delete(socket));
    }
    const [up, down] = [new TcpPipe(device, hub, options), new TcpPipe(hub, device, options)];
    pipes.push({ up, down });
    const cut = (): void => {
      up.stop();
      down.stop();
      device.destroy();
      hub.destroy();
    };
    for (const socket of [device, hub]) socket.on('error', cut);
    // the handshake of TCP takes a round trip before the first byte
    device.pause();
    setTimeout(() => device.resume(), kind.roundTripMs);
    const limits = { down: cuts.shift(), up: cutsUp.shift() };
    if (limits.down === undefined && limits.up === undefined) return;
    const watch = setInterval(() => {
      if (down.delivered < (limits.down ?? Infinity) && up.delivered < (limits.up ?? Infinity) && !device.destroyed) return;
      clearInterval(watch);
      cut();
    }, 20);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => ({ up: pipes.reduce((sum, { up }) => sum + up.delivered, 0), down: pipes.reduce((sum, { down }) => sum + down.delivered, 0) }),
    connections: () => pipes.length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
