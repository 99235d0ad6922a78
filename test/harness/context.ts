import { inject } from 'vitest';

/** A broker to run tests on, or why there is none. */
export type TestBroker =
  | {
      available: true;
      series: string;
      version: string;
      /** Folder of its script rabbitmq-server, to start another node of this version. */
      serverDir: string;
      /** RABBITMQ_PLUGINS_DIR where its plugins fit this version. */
      pluginsDir: string | undefined;
      url: string;
      managementUrl: string;
      hasDelayedExchange: boolean;
      /** Whether it can hold retries itself (transport native). */
      holdsRetries: boolean;
    }
  | { available: false; series: string; why: string };

/** What the global set-up gives to every test. */
export interface TestServices {
  /** Where the servers of this run keep their files. What tests start carries it, so that nothing outlives the run. */
  folder: string;
  /**
   * PostgreSQL clusters, one for each test file that runs at once: a transaction in any database of a cluster holds back
   * the rows of all.
   */
  postgresUrls: string[];
  /** One server, with a database for each test file that runs at once. */
  redisUrl: string;
  brokers: TestBroker[];
  /** Undefined where no MongoDB was given. */
  mongoUrl: string | undefined;
}

declare module 'vitest' {
  export interface ProvidedContext {
    services: TestServices;
  }
}

/** The number of this test worker, from 0: no two that run at once have the same. */
const worker = () => Number(process.env.VITEST_POOL_ID ?? 1) - 1;

/** The PostgreSQL cluster of this test worker. */
export function postgresUrl(): string {
  const { postgresUrls } = inject('services');
  const url = postgresUrls[worker() % postgresUrls.length];
  if (url === undefined) throw new Error('no PostgreSQL was started');
  return url;
}

/** The Redis database of this test worker; a server has 16. */
export const redisUrl = (): string => `${inject('services').redisUrl}/${worker() % 16}`;
