import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'vite';

/** Where the bench bundle goes, from the root of the project; no package contains it. */
export const BENCH_OUT = 'out/bench';

/** Bundles a bench page (a folder with index.html) with its workers, its preload and its main process, with the targets of the app. */
export async function buildBench(root: string, page = 'test/bench/page'): Promise<{ readonly main: string }> {
  const common = { configFile: false, logLevel: 'error' } as const;
  // PouchDB wants Node's EventEmitter in the browser too; the npm package of that name is the one it means.
  const events = createRequire(import.meta.url).resolve('events/');
  await build({
    ...common,
    root: path.join(root, page),
    base: '/',
    resolve: { alias: [{ find: /^events$/, replacement: events }] },
    worker: { format: 'es' },
    build: { outDir: path.join(root, BENCH_OUT, 'page'), emptyOutDir: true, target: 'chrome130', assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 4000 },
  });
  await build({
    ...common,
    root,
    ssr: { noExternal: true },
    build: {
      ssr: path.join(root, 'test/bench/main.ts'),
      outDir: path.join(root, BENCH_OUT, 'main'),
      emptyOutDir: true,
      target: 'node20.18',
      rollupOptions: { external: ['electron'], output: { entryFileNames: 'main.mjs' } },
    },
  });
  await build({
    ...common,
    root,
    ssr: { noExternal: true },
    build: {
      ssr: path.join(root, 'test/bench/preload.ts'),
      outDir: path.join(root, BENCH_OUT, 'preload'),
      emptyOutDir: true,
      target: 'node20.18',
      rollupOptions: { external: ['electron'], output: { format: 'cjs', entryFileNames: 'preload.cjs' } },
    },
  });
  return { main: path.join(root, BENCH_OUT, 'main/main.mjs') };
}
