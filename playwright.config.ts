import { defineConfig } from '@playwright/test';

/** The real application: one window at a time is opened by each test, so files run one after another. */
export default defineConfig({
  testDir: 'test/e2e',
  globalSetup: './test/tmp-folder.ts',
  outputDir: 'test-results',
  timeout: 240_000,
  workers: 1,
  retries: 0,
  reporter: [['list']],
});
