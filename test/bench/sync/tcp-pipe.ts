import type { Socket } from 'node:net';

/** One direction of a bad line. */
export interface PipeOptions {
  readonly bytesPerSecond: number;
  /** From one end to the other, in milliseconds. */
  readonly oneWayMs: number;
  /** Share of segments that are lost, 0 to 1. */
  readonly loss: number;
  /** Numbers from 0 to 1 that decide which. */
  readonly random: () => number;
}

/** Payload of a segment and what IP and TCP add to it, in bytes. */
const SEGMENT = 1448;
const HEADERS = 52;
/** What the sending system takes from its program before it waits. */
const SEND_BUFFER = 16 * 1024;
const FIRST_WINDOW = 10;
const LARGEST_WINDOW = 44;
/** Later segments that must arrive before one is taken for lost (RFC 5681, RFC 6675). */
const REORDERING = 3;
/** Share of the window that is kept at a loss (CUBIC, RFC 9438). */
const BETA = 0.7;
const LEAST_TIMEOUT_MS = 200;

/** What the line carries for so much payload in full segments; the same for its time. */
export function withHeaders(payload: number): number {
  return (payload * (SEGMENT + HEADERS)) / SEGMENT;
}

interface Segment {
  readonly at: number;
  readonly data: Buffer;
  /** Counts sendings over all segments: what was sent later and arrived earlier speaks for a loss. */
  sentAs: number;
  sentMs: number;
  passedBy: number;
  timeoutMs: number;
}

/**
 * Carries the bytes of one socket to another as TCP would over a slow line: segments share the line's rate with their headers, lost ones are
 * noticed by later ones or by a timeout and sent again, the window shrinks at a loss and grows with what arrives, and nothing is handed
 * on before what was sent before it. Acknowledgements cost no line and are never lost.
 */
export class TcpPipe {
  /** Payload handed on, and what the line carried for it. */
  delivered = 0;
  carried = 0;
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly options: PipeOptions;
  private readonly waiting: Buffer[] = [];
  private waitingBytes = 0;
  private readonly resend: Segment[] = [];
  private readonly flying = new Map<number, Segment>();
  private readonly arrived = new Map<number, Buffer>();
  private next = 0;
  private expected = 0;
  private sendings = 0;
  private window = FIRST_WINDOW;
  private threshold = Number.POSITIVE_INFINITY;
  private recoveredAt = 0;
  private freeAt = 0;
  private roundTripMs: number;
  private ended = false;
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(from: Socket, to: Socket, options: PipeOptions) {
    [this.from, this.to, this.options] = [from, to, options];
    this.roundTripMs = options.oneWayMs * 2;
    from.on('data', (chunk: Buffer) => {
      this.waiting.push(chunk);
      this.waitingBytes += chunk.length;
      if (this.waitingBytes > SEND_BUFFER) from.pause();
      this.send();
    });
    from.on('end', () => {
      this.ended = true;
      this.finish();
    });
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, ms);
    this.timers.add(timer);
  }

  private send(): void {
    while (this.flying.size < Math.floor(this.window)) {
      const segment = this.resend.shift() ?? this.cut();
      if (!segment) break;
      this.put(segment);
    }
    if (this.waitingBytes <= SEND_BUFFER / 2 && this.from.isPaused()) this.from.resume();
  }

  private cut(): Segment | undefined {
    if (this.waitingBytes === 0) return undefined;
    const all = this.waiting.length === 1 && this.waiting[0] ? this.waiting[0] : Buffer.concat(this.waiting);
    const data = all.subarray(0, SEGMENT);
    this.waiting.length = 0;
    if (data.length < all.length) this.waiting.push(all.subarray(SEGMENT));
    this.waitingBytes -= data.length;
    return { at: this.next++, data, sentAs: 0, sentMs: 0, passedBy: 0, timeoutMs: 0 };
  }

  private put(segment: Segment): void {
    const { bytesPerSecond, oneWayMs, loss, random } = this.options;
    const now = performance.now();
    const size = segment.data.length + HEADERS;
    this.freeAt = Math.max(now, this.freeAt) + (size * 1000) / bytesPerSecond;
    this.carried += size;
    segment.sentAs = ++this.sendings;
    segment.sentMs = now;
    segment.passedBy = 0;
    segment.timeoutMs = Math.max(segment.timeoutMs * 2, this.roundTripMs * 1.5 + LEAST_TIMEOUT_MS);
    this.flying.set(segment.at, segment);
    const sentAs = segment.sentAs;
    if (random() >= loss) this.later(this.freeAt - now + oneWayMs, () => this.arrive(segment, sentAs));
    this.later(this.freeAt - now + segment.timeoutMs, () => {
      if (this.flying.get(segment.at)?.sentAs === sentAs) this.lose(segment);
    });
  }

  private arrive(segment: Segment, sentAs: number): void {
    if (segment.at >= this.expected) this.arrived.set(segment.at, segment.data);
    for (let data = this.arrived.get(this.expected); data; data = this.arrived.get(this.expected)) {
      this.arrived.delete(this.expected++);
      this.delivered += data.length;
      if (!this.to.destroyed) this.to.write(data);
    }
    this.later(this.options.oneWayMs, () => this.acknowledge(segment, sentAs));
  }

  private acknowledge(segment: Segment, sentAs: number): void {
    if (this.flying.get(segment.at)?.sentAs === sentAs) {
      this.roundTripMs += (performance.now() - segment.sentMs - this.roundTripMs) / 8;
      this.window = Math.min(LARGEST_WINDOW, this.window + (this.window < this.threshold ? 1 : 1 / this.window));
    }
    this.flying.delete(segment.at);
    const lost = [...this.flying.values()].filter((other) => other.sentAs < sentAs && ++other.passedBy >= REORDERING);
    for (const other of lost) this.lose(other);
    this.send();
    this.finish();
  }

  private lose(segment: Segment): void {
    this.flying.delete(segment.at);
    this.resend.push(segment);
    if (segment.at >= this.recoveredAt) {
      this.threshold = this.window = Math.max(2, this.window * BETA);
      this.recoveredAt = this.next;
    }
    this.send();
  }

  private finish(): void {
    if (this.ended && this.waitingBytes === 0 && this.flying.size === 0 && this.resend.length === 0 && !this.to.destroyed) this.to.end();
  }
}
