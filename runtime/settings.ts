import Type from 'typebox';
import { DURATION_PATTERN } from './durations.ts';

/**
 * Every setting of the system: its environment variable, its default and what it means, once.
 * `.env.example` is printed from here, each process takes the groups it needs.
 */
const duration = (preset: string, shortest: string, longest: string, description: string) =>
  Type.String({ default: preset, pattern: DURATION_PATTERN, shortest, longest, description });
const port = (preset: number, description: string) =>
  Type.Integer({ default: preset, minimum: 0, maximum: 65535, description });
const count = (preset: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: preset, minimum, maximum, description });
const url = (preset: string, schemes: string, description: string) =>
  Type.String({ default: preset, pattern: `^(${schemes})://.+`, description });
/** One or several, separated by commas: the same service, at whichever of them answers. */
const urls = (preset: string, schemes: string, description: string) =>
  Type.String({ default: preset, pattern: `^(${schemes})://.+`, severalUrls: schemes, description });
/** Of which the value is never repeated; empty is none. */
const secret = (shortest: number, description: string) =>
  Type.String({
    default: '',
    pattern: `^(.{${shortest},})?$`,
    isSecret: true,
    description: `${description} At least ${shortest} characters.`,
  });

/** Settings of every process. */
export const processSettings = {
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'Least severity that is logged.',
  }),
  LOG_FORMAT: Type.Enum(['auto', 'json', 'pretty'], {
    default: 'auto',
    description: 'Form of a log line; auto is pretty on a terminal and JSON elsewhere.',
  }),
  STOP_TIMEOUT: duration(
    '8s',
    '3s',
    '10m',
    'How long a process may take to finish what it has in hand when it is told to stop; with make start_with_logs without Docker 3s unless it is set.',
  ),
  HTTP_HOST: Type.String({ default: '127.0.0.1', minLength: 1, description: 'Address on which a process listens.' }),
};

export const rabbitmqSettings = {
  RABBITMQ_URL: urls(
    'amqp://guest:guest@127.0.0.1:5672',
    'amqps?',
    'The broker; of a cluster the URL of each node, separated by commas, all with the same user and virtual host.',
  ),
  RABBITMQ_MANAGEMENT_URL: Type.String({
    default: '',
    pattern: '^(https?://.+)?$',
    severalUrls: 'https?',
    description:
      'Management API of the broker, which transport native and QUEUE_MEMBERS above 1 need; several are separated by commas. Without it: the host of RABBITMQ_URL, the port 10,000 above its own. Without a user: that of RABBITMQ_URL.',
  }),
  QUEUE_MEMBERS: count(
    1,
    1,
    3,
    'How many nodes keep each queue: 3 in a cluster of three. No queue is made before the cluster has so many nodes, and one that has fewer is warned of.',
  ),
  RABBITMQ_HEARTBEAT: count(
    10,
    1,
    600,
    'Seconds between heartbeats; a silent connection is given up after twice that.',
  ),
  MAX_ATTEMPTS: count(5, 1, 100, 'How often a message is tried before it is dead-lettered.'),
};

/** Settings of a source API (`apis/source-system`), which is run once for each source system. */
export const sourceSettings = {
  SYSTEM: Type.String({
    default: 'system_1',
    pattern: '^[a-z][a-z0-9_]{0,62}$',
    description: 'Name of the source system: its Redis key, and `appId` of its messages.',
  }),
  HTTP_PORT: port(8001, 'Port of the API.'),
  SOURCE_DATABASE_URL: url(
    'postgres://postgres:postgres@127.0.0.1:5432/db_postgres_1',
    'postgres(ql)?',
    'The database of the source system.',
  ),
  REDIS_URL: url('redis://127.0.0.1:6379', 'rediss?', 'Where the cursor and the lease of a run are kept.'),
  SIMULATED_FAILURES: Type.Enum(['on', 'off'], {
    default: 'on',
    description:
      'on: orders ask for failed attempts (the demonstration); off: every order succeeds at its first attempt.',
  }),
  PUBLISH_PAGE_SIZE: count(1000, 1, 10_000, 'Rows that are read and confirmed between two moves of the cursor.'),
  RUN_LEASE: duration(
    '10s',
    '1s',
    '1h',
    'After how long a run whose process died no longer keeps another from starting.',
  ),
  PUBLISH_OUTAGE_LIMIT: duration(
    '60s',
    '1s',
    '24h',
    'How long a run waits for a broker, database or Redis that does not answer before it fails.',
  ),
};

/** Settings of every process that uses endput. */
export const endputSettings = {
  ENDPUT_DATABASE_URL: url(
    'postgres://postgres:postgres@127.0.0.1:5434/db_postgres_endput',
    'postgres(ql)?',
    'The destination of the orders.',
  ),
};

export const consumerSettings = {
  CONSUMER_HTTP_PORT: port(8003, 'Port of /health and /metrics of the consumer; 0 takes a free one.'),
  RETRY_TRANSPORT: Type.Enum(['auto', 'native', 'plugin', 'ttl'], {
    default: 'auto',
    description:
      'How a retry waits: native (held by RabbitMQ 4.3 or newer itself), plugin (delayed-message exchange), ttl (a queue for each delay), auto (the first of these that the broker can serve).',
  }),
  RETRY_DELAYS: Type.String({
    default: '10s',
    pattern: '^\\s*[0-9]{1,9}(ms|s|m|h)\\s*(,\\s*[0-9]{1,9}(ms|s|m|h)\\s*)*$',
    description: 'Delay before a retry; one value repeats, a list such as 1s,5s,30s,2m gives each retry its own.',
  }),
  HANDLER_TIMEOUT: duration('30s', '1ms', '24h', 'Deadline of one attempt; later it counts as a transient failure.'),
  BATCH_SIZE: count(200, 1, 1000, 'Deliveries that are processed and settled together at most.'),
  BATCH_WAIT: duration('10ms', '0ms', '10s', 'How long an incomplete batch waits for more deliveries.'),
  OUTAGE_HOLD: duration(
    '60s',
    '1s',
    '10m',
    'How long a batch is held while endput or broker is away before it is given back.',
  ),
  SWEEP_INTERVAL: duration('5s', '100ms', '1h', 'How often overdue retries are looked for.'),
  SWEEP_OVERDUE: duration(
    '30s',
    '1s',
    '24h',
    'How long past its due time a retry is taken for lost and published again.',
  ),
};

export const attemptLogSettings = {
  ATTEMPT_LOG_URL: url(
    'mongodb://127.0.0.1:27017/attempt_log',
    'mongodb(\\+srv)?|postgres(ql)?',
    'Where every attempt is logged: mongodb:// or postgres://.',
  ),
  ATTEMPT_LOG_TTL: duration('600s', '1s', '2160h', 'How long an attempt stays in the log.'),
};

/** Settings of the storefront (`apis/storefront`). */
export const storefrontSettings = {
  STOREFRONT_HTTP_PORT: port(8000, 'Port of the storefront: page, feed and API; 0 takes a free one.'),
  STOREFRONT_ORIGINS: Type.String({
    default: '',
    pattern: '^(\\s*https?://[^\\s,/]+\\s*(,\\s*https?://[^\\s,/]+\\s*)*)?$',
    description:
      'Other origins whose pages may open the feed, log in and change something at the desk, such as https://shop.example,https://www.shop.example, or the name of a proxy before it; its own pages always may.',
  }),
  SOURCE_API_URLS: Type.String({
    default: 'system_1=http://127.0.0.1:8001,system_2=http://127.0.0.1:8002',
    pattern: '^(\\s*[a-z][a-z0-9_]{0,62}=https?://[^\\s,=]+\\s*(,\\s*[a-z][a-z0-9_]{0,62}=https?://[^\\s,=]+\\s*)*)?$',
    description:
      'Where the APIs of the sources answer, each after the name of its system: their rows are one side of the balance.',
  }),
  STOREFRONT_MAX_CLIENTS: count(2000, 1, 100_000, 'Clients of the feed that one process takes; more get a 503.'),
  DESK_READING: Type.Enum(['anyone', 'login'], {
    default: 'anyone',
    description: 'Who may look at dead letters; changing something always needs a login.',
  }),
  DESK_SESSION_TTL: duration(
    '15m',
    '1s',
    '12h',
    'How long a token of the desk is taken; it can be renewed up to 12 hours after the login.',
  ),
  DESK_LOGINS_PER_MINUTE: count(
    10,
    1,
    10_000,
    'Attempts to log in from one address, and with one name, that a process takes in a minute.',
  ),
  DESK_SECRETS_FOLDER: Type.String({
    default: '.local/desk',
    minLength: 1,
    description:
      'Folder in which the signing secret and the first password are kept where they are generated; all copies have to share it.',
  }),
  DESK_SIGNING_SECRET: secret(32, 'Signs the tokens of the desk, the same for all copies; empty: one is generated.'),
  DESK_OPERATOR_NAME: Type.String({
    default: 'operator',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$',
    description: 'Name of the first operator.',
  }),
  DESK_OPERATOR_PASSWORD: secret(
    12,
    'Password that the first operator has from the next start on; empty: the one that it has, generated where there is no user yet.',
  ),
  DEAD_LETTER_SWEEP_INTERVAL: Type.String({
    default: '5m',
    pattern: '^([0-9]{1,9}(ms|s|m|h)|off)$',
    description:
      'How often dlq_queue is compared with the ledger of dead letters, and swept where they differ; off: only after operations and on demand.',
  }),
  DEAD_LETTER_SWEEP_RATE: count(2000, 1, 100_000, 'Messages of dlq_queue that a sweep looks at in a second, at most.'),
  REDRIVE_OVERDUE: duration(
    '60s',
    '1s',
    '24h',
    'After how long a redriven message of which nothing was seen is taken for lost and published again, while no more than 1,000 messages wait in primary_queue.',
  ),
};

/**
 * Settings of `local/`, which runs everything on one machine, in Docker or without. The ports are those of 127.0.0.1; 0
 * takes a free one.
 */
export const launcherSettings = {
  RUN_WITH: Type.Enum(['auto', 'docker', 'local'], {
    default: 'auto',
    description:
      'What make start_with_logs runs everything with: docker (containers), local (programs of this machine), auto (docker where an engine with Compose answers, else local).',
  }),
  DB1_PORT: port(5432, 'PostgreSQL of source system_1.'),
  DB2_PORT: port(5433, 'PostgreSQL of source system_2.'),
  ENDPUT_PORT: port(5434, 'PostgreSQL of the destination, endput.'),
  ATTEMPT_LOG_PORT: port(5435, 'PostgreSQL of the attempt log, where no mongod is on the PATH; not in Docker.'),
  MONGO_PORT: port(27017, 'MongoDB of the attempt log, in Docker or where a mongod is on the PATH.'),
  REDIS_PORT: port(6379, 'Redis.'),
  RABBITMQ_PORT: port(5672, 'RabbitMQ.'),
  RABBITMQ_MANAGEMENT_PORT: port(15672, 'Management of RabbitMQ, in the browser.'),
  API_SYSTEM_1_PORT: port(8001, 'API of source system_1.'),
  API_SYSTEM_2_PORT: port(8002, 'API of source system_2.'),
  CONSUMER_PORT: port(8003, 'Health and metrics of the consumer; further consumers take free ports. Not in Docker.'),
  STOREFRONT_PORT: port(8000, 'Storefront: the page, its API and its feed.'),
  STOREFRONT_PORTS: Type.String({
    default: '8000-8009',
    pattern: '^[0-9]{1,5}-[0-9]{1,5}$',
    description: 'Ports of which each storefront takes a free one; only in Docker with docker-compose.storefronts.yml.',
  }),
  MONGO_EXPRESS_PORT: port(8081, 'Mongo Express, which shows the attempt log in the browser; only in Docker.'),
  PROMETHEUS_PORT: port(9090, 'Prometheus; only in Docker with COMPOSE_PROFILES=monitoring.'),
  GRAFANA_PORT: port(3000, 'Grafana; only in Docker with COMPOSE_PROFILES=monitoring.'),
  CONSUMERS: count(1, 1, 50, 'How many consumers run.'),
  BALANCE_URL: Type.String({
    default: '',
    pattern: '^(https?://.+)?$',
    description: 'The storefront that make balance asks, where it is not the one that runs here.',
  }),
  RABBITMQ_PLUGINS_DIR: Type.String({
    default: '',
    description:
      'Further folders in which RabbitMQ finds plugins, separated as in PATH: with the delayed-message plugin in one, transport plugin can be used; not in Docker.',
  }),
  LOCAL_DIR: Type.String({
    default: '.local',
    minLength: 1,
    description: 'Folder of data and logs; a relative one is below the checkout.',
  }),
};
