import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Generous, because a busy machine is no failure; nothing here measures time.
          testTimeout: 30_000,
          include: ['{runtime,rabbitmq,db,consumer,apis,local,bench,test}/**/*.unit.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{runtime,rabbitmq,db,consumer,apis,local,test}/**/*.integration.test.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.faults.test.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          fileParallelism: false,
          // A fault of ten minutes is among them.
          testTimeout: 1_800_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          // The page with a test in the place of the system; with a system behind it, it is among the e2e tests.
          name: 'browser',
          include: ['test/browser/**/*.browser.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
