import { withoutPassword } from '../runtime/logger.ts';
import type { OurProcess } from './processes.ts';
import type { AttemptLogStore, ServerUrls } from './servers.ts';

/** One line of the table of addresses. */
export interface Address {
  what: string;
  url: string;
  note?: string;
}

/** The table that is shown when everything is healthy, as lines of text. */
export function addressTable(addresses: readonly Address[]): string[] {
  const width = (part: (address: Address) => string) =>
    Math.max(0, ...addresses.map((address) => part(address).length));
  const what = width((address) => address.what);
  const url = width((address) => address.url);
  return addresses.map((address) =>
    `  ${address.what.padEnd(what)}   ${address.url.padEnd(url)}   ${address.note ?? ''}`.trimEnd(),
  );
}

/** What is shown when everything is ready: the addresses of what runs, and what to do next. */
export function readyText(addresses: readonly Address[], elapsed: number): string {
  const ready = `Everything is ready (${(elapsed / 1000).toFixed(1)} s).`;
  const next = 'Next, in another terminal: make sample inserts orders into both sources and publishes them.';
  return ['', ready, '', ...addressTable(addresses), '', next, 'Ctrl-C stops everything; data stay.', ''].join('\n');
}

function addressOf({ name, url, serves }: OurProcess): Address {
  switch (serves) {
    case 'page':
      return { what: name, url, note: 'the page; its Swagger UI at /docs' };
    case 'api':
      return { what: `API ${name}`, url: `${url}/docs`, note: 'Swagger UI' };
    case 'nothing':
      return { what: name, url: `${url}/health/ready`, note: 'and /metrics' };
  }
}

/** The addresses of what runs on this machine itself. */
export function localAddresses(
  processes: readonly OurProcess[],
  urls: ServerUrls,
  attemptLog: AttemptLogStore,
): Address[] {
  const stores = {
    mongod: 'MongoDB',
    postgres: 'PostgreSQL, no mongod being on the PATH',
    own: 'your ATTEMPT_LOG_URL',
  };
  return [
    ...processes.map(addressOf),
    { what: 'RabbitMQ management', url: urls.management, note: 'user guest, password guest' },
    { what: 'RabbitMQ', url: urls.rabbitmq },
    { what: 'Redis', url: urls.redis },
    { what: 'Postgres db1', url: urls.db1 },
    { what: 'Postgres db2', url: urls.db2 },
    { what: 'Postgres endput', url: urls.endput },
    {
      what: 'attempt log',
      url: attemptLog === 'own' ? withoutPassword(urls.attemptLog) : urls.attemptLog,
      note: stores[attemptLog],
    },
  ];
}
