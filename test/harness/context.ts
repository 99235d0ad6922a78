/** A broker to run tests on, or why there is none. */
export type TestBroker =
  | {
      available: true;
      series: string;
      version: string;
      /** Folder of its script rabbitmq-server, to start another node of this version. */
      serverDir: string;
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
  postgresUrl: string;
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
