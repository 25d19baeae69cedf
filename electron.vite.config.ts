import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

// The lowest runtime this must run on is Electron 33 (docs/adr/0007), so the targets are set, not read from the installed one.
const NODE_TARGET = 'node20.18';
const CHROME_TARGET = 'chrome130';

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: NODE_TARGET,
      externalizeDeps: false,
      rollupOptions: {
        input: {
          index: resolve('src-main/index.ts'),
          kdf: resolve('src-main/keys/kdf-process.ts'),
          vault: resolve('src-main/vault/vault-process.ts'),
          'vault-hash': resolve('src-main/vault/hash-thread.ts'),
        },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      target: NODE_TARGET,
      externalizeDeps: false,
      rollupOptions: { input: { index: resolve('src-main/preload/index.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'src-renderer',
    plugins: [react()],
    worker: { format: 'es' },
    build: {
      outDir: 'out/renderer',
      target: CHROME_TARGET,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { input: { index: resolve('src-renderer/index.html') } },
    },
    optimizeDeps: { exclude: ['@evolu/sqlite-wasm'] },
  },
});
