import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import HttpAdapter from 'pouchdb-adapter-http';
import MemoryAdapter from 'pouchdb-adapter-memory';
import PouchDB from 'pouchdb-core';
import ReplicationPlugin from 'pouchdb-replication';
import type { SuarRecord } from '#shared/schema/record.ts';
import { openCountingLine, type CountingLine } from './counting-line.ts';
import type { PouchServerMessage } from './pouch-server.ts';

/** One first sync, either way: milliseconds, bytes on the wire in the direction of the documents, requests. */
export interface SyncRun {
  readonly pushMs: number;
  readonly pullMs: number;
  readonly pushBytes: number;
  readonly pullBytes: number;
  readonly requests: number;
}

type Line = Pick<CountingLine, 'port' | 'bytes' | 'close'>;

/** A PouchDB server to measure against. */
export interface PouchBaseline {
  /** One first sync; over lines that only count unless `openLine` opens others. */
  readonly run: (records: readonly SuarRecord[], openLine?: (port: number) => Promise<Line>) => Promise<SyncRun>;
  readonly close: () => Promise<void>;
}

const Pouch = PouchDB.plugin(MemoryAdapter).plugin(HttpAdapter).plugin(ReplicationPlugin);

/** Starts the server; each run uses databases of its own. */
export async function startPouchBaseline(): Promise<PouchBaseline> {
  const server = fork(path.join(import.meta.dirname, 'pouch-server.ts'), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let requests = 0;
  const port = await new Promise<number>((resolve, reject) => {
    server.once('exit', () => reject(new Error('the PouchDB server ended')));
    server.on('message', (message: PouchServerMessage) => ('port' in message ? resolve(message.port) : (requests += message.requests)));
  });
  let made = 0;
  return {
    run: async (records, openLine = openCountingLine) => {
      const n = made++;
      const [first, second] = [new Pouch(`first-${n}`, { adapter: 'memory' }), new Pouch(`second-${n}`, { adapter: 'memory' })];
      await first.bulkDocs(records.map(({ id, ...rest }) => ({ _id: id, ...rest })));
      const before = requests;
      const [up, down] = [await openLine(port), await openLine(port)];
      const start = performance.now();
      await Pouch.replicate(first, `http://127.0.0.1:${up.port}/records-${n}`, {});
      const pushMs = performance.now() - start;
      await Pouch.replicate(`http://127.0.0.1:${down.port}/records-${n}`, second, {});
      const pullMs = performance.now() - start - pushMs;
      const { doc_count: arrived } = await second.info();
      if (arrived !== records.length) throw new Error(`PouchDB brought ${arrived} of ${records.length} documents`);
      const run = { pushMs, pullMs, pushBytes: up.bytes().up, pullBytes: down.bytes().down, requests: requests - before };
      await Promise.all([up.close(), down.close(), first.close(), second.close()]);
      return run;
    },
    close: () =>
      new Promise((resolve) => {
        server.removeAllListeners('exit');
        server.once('exit', () => {
          rmSync(path.join(tmpdir(), `suar-pouch-${server.pid}.log`), { force: true });
          resolve();
        });
        server.disconnect();
      }),
  };
}
