import { defineConfig } from 'vitest/config';
import { AT_ONCE } from './test/harness/at-once.ts';

/** Those that run whole systems or a browser come after the others, and last the faults, which take most of a system's time. */
const SYSTEMS = { maxWorkers: AT_ONCE, sequence: { groupOrder: 1 } };
// Of the whole form the times are measured, so they have the machine for themselves.
const FAULTS = { maxWorkers: process.env.FAULTS === 'whole' ? 1 : 2, sequence: { groupOrder: 2 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          maxWorkers: AT_ONCE,
          // Generous, because a busy machine is no failure; nothing here measures time.
          testTimeout: 30_000,
          include: ['{runtime,rabbitmq,db,consumer,apis,local,bench,test}/**/*.unit.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          maxWorkers: AT_ONCE,
          include: ['{runtime,rabbitmq,db,consumer,apis,local,test}/**/*.integration.test.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          ...SYSTEMS,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.faults.test.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          ...FAULTS,
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
          ...SYSTEMS,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
