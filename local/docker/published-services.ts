import type { Address } from '../address-table.ts';
import type { ServerUrls } from '../servers.ts';
import type { ComposeFile, PublishedPort } from './compose-file.ts';

/** What docker-compose.yml publishes: whose it is, the setting that moves it, and how it is shown. */
interface Published {
  /** Its name in the table of addresses, and in notices. */
  owner: string;
  variable: string;
  url: (port: number) => string;
  /** Its name in running.json, where the local form runs it too. */
  server?: keyof ServerUrls;
  note?: string;
}

const http = (path: string) => (port: number) => `http://127.0.0.1:${port}${path}`;
const postgres = (database: string) => (port: number) => `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;

/** By service and port in the container, in the order in which they are shown. */
export const PUBLISHED: Record<string, Published> = {
  'storefront:8000': {
    owner: 'storefront',
    variable: 'STOREFRONT_PORT',
    url: http(''),
    note: 'the page; its Swagger UI at /docs',
  },
  'api-system-1:8001': {
    owner: 'API system_1',
    variable: 'API_SYSTEM_1_PORT',
    url: http('/docs'),
    note: 'Swagger UI',
  },
  'api-system-2:8002': {
    owner: 'API system_2',
    variable: 'API_SYSTEM_2_PORT',
    url: http('/docs'),
    note: 'Swagger UI',
  },
  'rabbitmq:15672': {
    owner: 'RabbitMQ management',
    variable: 'RABBITMQ_MANAGEMENT_PORT',
    url: http(''),
    server: 'management',
    note: 'user guest, password guest',
  },
  'rabbitmq:5672': {
    owner: 'RabbitMQ',
    variable: 'RABBITMQ_PORT',
    url: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
    server: 'rabbitmq',
  },
  'redis:6379': { owner: 'Redis', variable: 'REDIS_PORT', url: (port) => `redis://127.0.0.1:${port}`, server: 'redis' },
  'db1:5432': { owner: 'Postgres db1', variable: 'DB1_PORT', url: postgres('db_postgres_1'), server: 'db1' },
  'db2:5432': { owner: 'Postgres db2', variable: 'DB2_PORT', url: postgres('db_postgres_2'), server: 'db2' },
  'endput:5432': {
    owner: 'Postgres endput',
    variable: 'ENDPUT_PORT',
    url: postgres('db_postgres_endput'),
    server: 'endput',
  },
  'mongo:27017': {
    owner: 'attempt log',
    variable: 'MONGO_PORT',
    url: (port) => `mongodb://127.0.0.1:${port}/attempt_log`,
    server: 'attemptLog',
    note: 'MongoDB',
  },
  'mongo-express:8081': {
    owner: 'Mongo Express',
    variable: 'MONGO_EXPRESS_PORT',
    url: http(''),
    note: 'shows the attempt log',
  },
  'prometheus:9090': { owner: 'Prometheus', variable: 'PROMETHEUS_PORT', url: http('') },
  'grafana:3000': { owner: 'Grafana', variable: 'GRAFANA_PORT', url: http(''), note: 'user admin, password admin' },
};

export const keyOf = ({ service, target }: PublishedPort): string => `${service}:${target}`;

/** The URLs of the servers that are published, as the local form writes them into running.json. */
export const serversOf = (ports: readonly PublishedPort[]): Partial<ServerUrls> =>
  Object.fromEntries(
    ports.flatMap((port) => {
      const known = PUBLISHED[keyOf(port)];
      return known?.server === undefined ? [] : [[known.server, known.url(port.published)]];
    }),
  );

/** How a service is called on the screen and in the names of its log files, as without Docker. */
export const displayName = (service: string, copy = 1): string =>
  `${service.replace(/^api-/, '').replaceAll('-', '_')}${copy === 1 ? '' : `_${copy}`}`;

/** The names that are seen on the screen: of our processes and of servers that may complain. */
export const screenNames = (consumers: number): string[] => [
  ...['storefront', 'system_1', 'system_2'],
  ...Array.from({ length: consumers }, (_, index) => displayName('consumer', index + 1)),
  ...['db1', 'db2', 'endput', 'redis', 'rabbitmq', 'mongo'],
];

/** Whether a service runs a process of ours, whose log is shown whole. */
export const isOurs = (service: string): boolean =>
  service === 'consumer' || service === 'storefront' || service.startsWith('api-');

/** What is shown of a running project: the addresses of all that has one, and the consumers, which have none. */
export function addressesOf({ services }: ComposeFile, ports: readonly PublishedPort[]): Address[] {
  const published = Object.entries(PUBLISHED).flatMap(([key, { owner, url, note }]) =>
    inOrder(ports.filter((port) => keyOf(port) === key)).map(({ service, published, copy = 1 }) => ({
      isOurs: isOurs(service),
      address: {
        what: copy === 1 ? owner : `${owner}_${copy}`,
        url: url(published),
        ...(note !== undefined && { note }),
      },
    })),
  );
  const addressesOf = (ours: boolean): Address[] =>
    published.filter(({ isOurs }) => isOurs === ours).map(({ address }) => address);
  const consumers = services.get('consumer') ?? 0;
  const what = consumers === 1 ? 'consumer' : `${consumers} consumers`;
  return [
    ...addressesOf(true),
    ...(consumers > 0 ? [{ what, url: 'no port of this machine', note: 'docker compose ps' }] : []),
    ...addressesOf(false),
  ];
}

const inOrder = (ports: readonly PublishedPort[]): PublishedPort[] =>
  ports.toSorted((a, b) => (a.copy ?? 1) - (b.copy ?? 1));

/** The base URLs of the source APIs. */
export function apisOf(ports: readonly PublishedPort[]): { system: string; url: string }[] {
  return ports
    .filter(({ service }) => service.startsWith('api-system-'))
    .map(({ service, published }) => ({ system: displayName(service), url: `http://127.0.0.1:${published}` }))
    .sort((a, b) => a.system.localeCompare(b.system));
}

/** The base URL of the storefront, of several the first one, where it is published. */
export function storefrontOf(ports: readonly PublishedPort[]): string | undefined {
  const [port] = inOrder(ports.filter(({ service }) => service === 'storefront'));
  return port && `http://127.0.0.1:${port.published}`;
}
