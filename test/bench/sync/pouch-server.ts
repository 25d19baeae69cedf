/** A PouchDB server (express-pouchdb over its memory adapter) in a process of its own. Tells its port, then every request. */
import type { AddressInfo, Server } from 'node:net';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import expressPouchdb from 'express-pouchdb';
import MemoryAdapter from 'pouchdb-adapter-memory';
import PouchDB from 'pouchdb-core';
import FindPlugin from 'pouchdb-find';
import MapReducePlugin from 'pouchdb-mapreduce';
import ReplicationPlugin from 'pouchdb-replication';

/** What this process tells the one that started it. */
export type PouchServerMessage = { readonly port: number } | { readonly requests: number };

interface ExpressApp {
  use(handler: RequestListener | ((request: unknown, response: unknown, next: () => void) => void)): void;
  listen(port: number, host: string, listening: () => void): Server;
}

const Pouch = PouchDB.plugin(MemoryAdapter).plugin(ReplicationPlugin).plugin(MapReducePlugin).plugin(FindPlugin).defaults({ adapter: 'memory' });
const express = createRequire(import.meta.url)('express') as () => ExpressApp;
const tell = (message: PouchServerMessage): void => void process.send?.(message);

const app = express();
app.use((_request, _response, next) => {
  tell({ requests: 1 });
  next();
});
app.use(expressPouchdb(Pouch, { mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: path.join(tmpdir(), `suar-pouch-${process.pid}.log`) }));
const server = app.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit(0));
