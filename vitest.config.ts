import { defineConfig } from 'vitest/config';

/** Slow suites (real hubs, simulated devices) run their files one after another: the machines have two cores. Limits of time only end what hangs. */
export default defineConfig({
  test: {
    globalSetup: ['test/tmp-folder.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], testTimeout: 30_000, hookTimeout: 30_000 } },
      { extends: true, test: { name: 'sync', include: ['test/sync/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false } },
      { extends: true, test: { name: 'hub', include: ['test/hub/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false } },
    ],
  },
});
