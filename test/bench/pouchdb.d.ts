/** The parts of PouchDB 9 the measurements use; its own type packages lag behind. */
interface PouchDatabase {
  bulkDocs(docs: readonly object[]): Promise<({ readonly ok: true } | { readonly error: unknown })[]>;
  createIndex(options: { readonly index: { readonly fields: readonly string[] } }): Promise<unknown>;
  find(options: object): Promise<{ readonly docs: readonly { readonly _id: string }[] }>;
  info(): Promise<{ readonly doc_count: number }>;
  close(): Promise<void>;
}
interface PouchReplication extends Promise<{ readonly ok: boolean; readonly docs_written: number }> {
  cancel(): void;
}
interface PouchConstructor {
  new (name: string, options?: object): PouchDatabase;
  plugin(plugin: unknown): PouchConstructor;
  defaults(options: object): PouchConstructor;
  replicate(source: PouchDatabase | string, target: PouchDatabase | string, options: object): PouchReplication;
}

declare module 'pouchdb-core' {
  const PouchDB: PouchConstructor;
  export default PouchDB;
}
declare module 'pouchdb-adapter-indexeddb' {
  const plugin: unknown;
  export default plugin;
}
declare module 'pouchdb-adapter-memory' {
  const plugin: unknown;
  export default plugin;
}
declare module 'pouchdb-adapter-http' {
  const plugin: unknown;
  export default plugin;
}
declare module 'pouchdb-find' {
  const plugin: unknown;
  export default plugin;
}
declare module 'pouchdb-mapreduce' {
  const plugin: unknown;
  export default plugin;
}
declare module 'pouchdb-replication' {
  const plugin: unknown;
  export default plugin;
}
declare module 'express-pouchdb' {
  import type { RequestListener } from 'node:http';
  export default function expressPouchdb(pouch: PouchConstructor, options: object): RequestListener;
}
