import { readFileSync } from 'node:fs';
import type { TProperties } from 'typebox';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { listSourceApis } from '../apis/storefront/desk/source-apis.ts';
import { readConsumerConfiguration } from '../consumer/consumer-configuration.ts';
import { PUBLISHED } from '../local/docker/published-services.ts';
import { connectionsFor } from '../local/servers.ts';
import { NODE_OPTIONS } from '../local/services/node-program.ts';
import { readConfiguration } from '../runtime/configuration.ts';
import { parseDuration } from '../runtime/durations.ts';
import { splitUrls } from '../runtime/url-list.ts';
import {
  attemptLogSettings,
  consumerSettings,
  endputSettings,
  launcherSettings,
  processSettings,
  rabbitmqSettings,
  sourceSettings,
  storefrontSettings,
} from '../runtime/settings.ts';

interface Service {
  image?: string;
  command?: string[];
  build?: { context: string; target: string };
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  healthcheck?: object;
  restart?: string;
  stop_grace_period?: string;
  container_name?: string;
  hostname?: string;
  extra_hosts?: string[];
  depends_on?: Record<string, { condition: string }>;
}
interface ComposeFile {
  services: Record<string, Service>;
  volumes: Record<string, null>;
}

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as ComposeFile;
const newerBroker = parse(read('docker-compose.rabbitmq-4.3.yml')) as ComposeFile;
const cluster = parse(read('docker-compose.cluster.yml'), { merge: true }) as ComposeFile;
const storefronts = parse(read('docker-compose.storefronts.yml'), {
  customTags: [{ tag: '!override', collection: 'seq' }],
}) as ComposeFile;
const dockerfile = read('Dockerfile');
const brokerDockerfile = read('rabbitmq/Dockerfile');

const services = Object.entries(compose.services);
const sourceApiSettings: TProperties = { ...processSettings, ...rabbitmqSettings, ...sourceSettings };
const settingsOf = new Map<string, TProperties>([
  ['api-system-1', sourceApiSettings],
  ['api-system-2', sourceApiSettings],
  [
    'storefront',
    { ...processSettings, ...rabbitmqSettings, ...endputSettings, ...attemptLogSettings, ...storefrontSettings },
  ],
  [
    'consumer',
    { ...processSettings, ...rabbitmqSettings, ...endputSettings, ...consumerSettings, ...attemptLogSettings },
  ],
]);

const ports: Record<string, unknown> = readConfiguration(launcherSettings, {});

const { stopTimeout } = readConsumerConfiguration({});

/** What the images of others read, as far as it is used. */
const knownVariables = [
  ...['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB', 'POSTGRES_INITDB_ARGS'],
  ...['RABBITMQ_DEFAULT_USER', 'RABBITMQ_DEFAULT_PASS'],
  ...['ME_CONFIG_MONGODB_URL', 'ME_CONFIG_BASICAUTH', 'ME_CONFIG_OPTIONS_READONLY'],
  ...['GF_AUTH_ANONYMOUS_ENABLED', 'GF_AUTH_ANONYMOUS_ORG_ROLE', 'GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'],
  ...['GF_ANALYTICS_REPORTING_ENABLED', 'GF_ANALYTICS_CHECK_FOR_UPDATES', 'GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES'],
  'GF_NEWS_NEWS_FEED_ENABLED',
];

/** The part of our Dockerfile that makes `target`, with what it stands on. */
function stages(target: string): string {
  const stage = new RegExp(`^FROM (\\S+) AS ${target}$[^]*?(?=^FROM|$(?![^]))`, 'm').exec(dockerfile);
  return stage ? `${stages(stage[1] ?? '')}${stage[0]}` : '';
}

const variablesOfImage = (target: string) =>
  [...stages(target).matchAll(/^ENV (\w+)=(\S*)$/gm)].map(([, name = '', value = '']): [string, string] => [
    name,
    value,
  ]);

/** What a process of ours finds in its environment when the user has set `given`. */
function environmentOf(service: Service, given: Record<string, string> = {}): Record<string, string> {
  const filled = Object.entries(service.environment ?? {}).map(([name, value]): [string, string] => [
    name,
    value
      .replace(/\$\{(\w+):\+([^}]*)\}/g, (_, variable: string, text: string) => (given[variable] ? text : ''))
      .replace(/\$\{(\w+):-([^}]*)\}/g, (_, variable: string, preset: string) => given[variable] ?? preset),
  ]);
  return Object.fromEntries([...variablesOfImage(service.build?.target ?? ''), ...filled]);
}

/** How many connections a program's pools open at most. */
function connectionsOf(path: string): number {
  const preset = /options\.max \?\? (\d+)/.exec(read('db/pool.ts'))?.[1];
  const pools = [...read(path).matchAll(/= create\w*Pool\([^]*?\);$/gm)].map(([made]) =>
    Number(/\bmax: (\d+)/.exec(made)?.[1] ?? preset),
  );
  return pools.reduce((sum, connections) => sum + connections, 0);
}

/** The management that is asked at these addresses. */
const managed = (...addresses: string[]): unknown => expect.objectContaining({ addresses });

describe('images', () => {
  const named = [
    ...services.flatMap(([, { image }]) => image ?? []),
    ...[dockerfile, brokerDockerfile].flatMap((text) =>
      [...text.matchAll(/^FROM (\S+:\S+)/gm)].map((match) => match[1] ?? ''),
    ),
  ];

  test.each(named)('%s is pinned to a full version', (image) => {
    // PostgreSQL has two numbers.
    expect(image).toMatch(/^postgres:\d+\.\d+$|:v?\d+\.\d+\.\d+(-slim|-management)?$/);
  });

  test('the plugin that is added to the broker is the one whose checksum is known, and it is enabled', () => {
    expect(brokerDockerfile).toMatch(/^ADD .*--checksum=sha256:[0-9a-f]{64} /m);
    expect(brokerDockerfile).toContain('/v4.2.0/rabbitmq_delayed_message_exchange-4.2.0.ez');
    expect(read('rabbitmq/enabled_plugins')).toContain('rabbitmq_delayed_message_exchange');
  });

  test('the broker is set as the local form sets it', () => {
    const local = read('local/services/rabbitmq.ts');
    const settings = ['rabbitmq/rabbitmq.conf', 'rabbitmq/advanced.config'].flatMap((path) =>
      read(path)
        .split('\n')
        .filter((line) => line !== '' && !/^(#|%%)/.test(line)),
    );
    for (const setting of settings) expect(local).toContain(setting);
  });

  test('Postgres takes the connections of the most consumers that can be asked for, beside two storefronts', () => {
    const most = 50 * connectionsOf('consumer/consumer-process.ts') + 2 * connectionsOf('apis/storefront/main.ts');
    for (const name of ['db1', 'db2', 'endput']) {
      const [program, , setting = ''] = compose.services[name]?.command ?? [];
      expect(program).toBe('postgres');
      const connections = Number(/^max_connections=(\d+)$/.exec(setting)?.[1]);
      expect(connections).toBeGreaterThan(most);
      expect(connectionsFor(50)).toBeGreaterThan(most);
    }
  });

  test('docs/operations.md says how many connections each process opens', () => {
    const said = read('docs/operations.md').replaceAll(/\s+/g, ' ');
    const consumer = connectionsOf('consumer/consumer-process.ts');
    const storefront = connectionsOf('apis/storefront/main.ts');
    expect(said).toContain(`each consumer opens at most ${consumer} to endput, each storefront ${storefront}`);
    expect(said).toContain(`each source API ${connectionsOf('apis/source-system/main.ts')} to its database`);
    const log = connectionsOf('db/attempt-log/postgres-attempt-log.ts');
    expect(said).toContain(`Where the attempt log is Postgres, consumer and storefront open ${log} there too`);
  });

  test('ours say the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(dockerfile).toContain(`ARG VERSION=${version}\n`);
  });

  test('ours give Node the memory that the local form gives it', () => {
    expect(NODE_OPTIONS).toContain(/^ENV NODE_OPTIONS=(\S+)$/m.exec(dockerfile)?.[1]);
  });

  test.each(['source-api', 'storefront', 'consumer'])(
    'a process of ours runs as another user than root, %s',
    (target) => {
      expect(/^USER (\S+)$/gm.exec(stages(target))?.[1]).toBe('node');
    },
  );
});

describe('settings', () => {
  test.each([...settingsOf])('%s gets every setting of it and no other variable', (name, settings) => {
    const service = compose.services[name] ?? {};
    // Node and its libraries read NODE_ENV and NODE_OPTIONS.
    const unknown = Object.keys(environmentOf(service)).filter(
      (name) => !(name in settings) && !name.startsWith('NODE_'),
    );
    expect(unknown).toEqual([]);
    expect(Object.keys(settings).filter((setting) => environmentOf(service)[setting] === undefined)).toEqual([]);
  });

  test.each([...settingsOf.keys()])('what the user sets reaches %s under its own name', (name) => {
    for (const [variable, value] of Object.entries(compose.services[name]?.environment ?? {}))
      if (variable === 'SOURCE_API_URLS')
        expect(value).toMatch(/:8002\$\{SOURCE_API_URLS:\+,\}\$\{SOURCE_API_URLS:-\}$/);
      else if (value.includes('$')) expect(value).toBe(`\${${variable}:-}`);
  });

  test('with nothing set, every process starts with its defaults', () => {
    const { consumer = {} } = compose.services;
    const defaults = readConsumerConfiguration({});
    expect(readConsumerConfiguration(environmentOf(consumer)).options).toEqual({
      ...defaults.options,
      rabbitmq: {
        ...defaults.options.rabbitmq,
        url: 'amqp://guest:guest@rabbitmq:5672',
        replication: { members: 1, management: managed('http://rabbitmq:15672') },
      },
    });
    for (const [name, system] of [
      ['api-system-1', 'system_1'],
      ['api-system-2', 'system_2'],
    ] as const) {
      const configuration = readConfiguration(sourceApiSettings, environmentOf(compose.services[name] ?? {}));
      expect(configuration).toMatchObject({ SYSTEM: system, HTTP_HOST: '0.0.0.0', LOG_LEVEL: 'info' });
    }
  });

  test('what is set is what a process reads', () => {
    const environment = environmentOf(compose.services.consumer ?? {}, { RETRY_DELAYS: '1s,5s', BATCH_SIZE: '7' });
    const { options } = readConsumerConfiguration(environment);
    expect(options.batchSize).toBe(7);
    expect(options.policy.delays).toEqual([1_000, 5_000]);
  });

  test('a URL leads to a service of the file, and to the database that is made there', () => {
    const urls = services.flatMap(([, service]) =>
      Object.entries(service.environment ?? {}).filter(([name]) => name.endsWith('_URL')),
    );
    expect(urls.length).toBeGreaterThan(8);
    for (const [, url] of urls) {
      const { hostname, pathname, protocol } = new URL(url);
      expect(Object.keys(compose.services)).toContain(hostname);
      if (protocol === 'postgres:')
        expect(pathname.slice(1)).toBe(compose.services[hostname]?.environment?.POSTGRES_DB);
    }
  });

  test('the storefront finds the API of each source under its name', () => {
    const { storefront = {} } = compose.services;
    for (const { system, url } of listSourceApis(environmentOf(storefront).SOURCE_API_URLS ?? '')) {
      const { SYSTEM, HTTP_PORT } = compose.services[new URL(url).hostname]?.environment ?? {};
      expect([SYSTEM, HTTP_PORT]).toEqual([system, new URL(url).port]);
    }
    expect(listSourceApis(environmentOf(storefront).SOURCE_API_URLS ?? '')).toHaveLength(2);
    const own = 'system_1=http://127.0.0.1:8001,warehouse=http://host.docker.internal:8004';
    const more = listSourceApis(environmentOf(storefront, { SOURCE_API_URLS: own }).SOURCE_API_URLS ?? '');
    expect(more.map(({ system, url }) => `${system} ${url}`)).toEqual([
      'system_1 http://api-system-1:8001',
      'system_2 http://api-system-2:8002',
      'warehouse http://host.docker.internal:8004',
    ]);
    expect(storefront.extra_hosts).toEqual(['host.docker.internal:host-gateway']);
  });

  test('servers get only variables that their images know', () => {
    const others = services.filter(([name]) => !settingsOf.has(name));
    const variables = others.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
    expect(variables.filter((variable) => !knownVariables.includes(variable))).toEqual([]);
  });

  test('every variable that the file asks for is a setting or a port of a service', () => {
    const all = {
      ...sourceApiSettings,
      ...endputSettings,
      ...consumerSettings,
      ...attemptLogSettings,
      ...storefrontSettings,
      ...launcherSettings,
    };
    const asked = [...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map((match) => match[1] ?? '');
    expect(asked.filter((name) => !(name in all))).toEqual([]);
  });
});

describe('services', () => {
  test('every port is bound to 127.0.0.1 and can be moved; its default is the documented one', () => {
    const published = services.flatMap(([, service]) => service.ports ?? []);
    const defaults = published.map((port) => {
      const [, variable = '', preset] = /^127\.0\.0\.1:\$\{(\w+):-(\d+)\}:\d+$/.exec(port) ?? [];
      expect(Number(preset), port).toBe(ports[variable]);
      return preset;
    });
    expect(new Set(defaults).size).toBe(defaults.length);
  });

  test('the launcher knows every port that is published, and its setting', () => {
    const published = services.flatMap(([service, { ports = [] }]) =>
      ports.map((port) => {
        const [, variable = '', target = ''] = /\$\{(\w+):-\d+\}:(\d+)$/.exec(port) ?? [];
        return [`${service}:${target}`, variable];
      }),
    );
    const known = Object.entries(PUBLISHED).map(([key, { variable }]) => [key, variable]);
    expect(published.sort()).toEqual(known.sort());
  });

  test('copies of the consumer do not get in each other’s way', () => {
    expect(compose.services.consumer).not.toHaveProperty('ports');
    expect(compose.services.consumer).not.toHaveProperty('container_name');
  });

  test.each(services)('%s has a health check, comes back after a failure and has time to stop', (_name, service) => {
    expect(service.healthcheck !== undefined || stages(service.build?.target ?? '').includes('\nHEALTHCHECK ')).toBe(
      true,
    );
    expect(service.restart).toBe('unless-stopped');
    const grace = parseDuration(service.stop_grace_period ?? '0s');
    expect(grace).toBeGreaterThan(stopTimeout);
  });

  test('nobody waits for the health of the attempt log but its viewer', () => {
    const waiting = services.filter(([, { depends_on }]) => depends_on?.mongo?.condition === 'service_healthy');
    expect(waiting.map(([name]) => name)).toEqual(['mongo-express']);
  });

  test('data lie in volumes that have a name; PostgreSQL 18 wants the folder above its data', () => {
    const mounts = services.flatMap(([, service]) => (service.volumes ?? []).map((mount) => mount.split(':')));
    const names = mounts.map(([source = '']) => source).filter((source) => !source.startsWith('.'));
    expect(names.sort()).toEqual(Object.keys(compose.volumes).sort());
    for (const name of ['db1', 'db2', 'endput'])
      expect(compose.services[name]?.volumes).toEqual([`${name}-data:/var/lib/postgresql`]);
  });

  test('the file for RabbitMQ 4.3 changes nothing but the broker, which gets data of its own and no plugin', () => {
    expect(Object.keys(newerBroker.services)).toEqual(['rabbitmq']);
    const { build, volumes } = newerBroker.services.rabbitmq ?? {};
    expect(brokerDockerfile).toMatch(new RegExp(`^FROM rabbitmq:4\\.3\\S* AS ${build?.target ?? ''}$`, 'm'));
    expect(volumes).not.toEqual(compose.services.rabbitmq?.volumes);
  });
});

describe('the file for a cluster', () => {
  const NODES = ['rabbitmq', 'rabbitmq-2', 'rabbitmq-3'];
  const nodes = NODES.map((name) => cluster.services[name] ?? {});
  const conf = read('rabbitmq/cluster.conf');

  test('runs three nodes of RabbitMQ 4.3, each with a name and data of its own', () => {
    expect(brokerDockerfile).toMatch(/^FROM rabbitmq:4\.3\S* AS rabbitmq-4\.3$/m);
    expect(brokerDockerfile).toMatch(/^FROM rabbitmq-4\.3 AS rabbitmq-4\.3-cluster$/m);
    for (const { build } of nodes) expect(build?.target).toBe('rabbitmq-4.3-cluster');
    expect(nodes.map(({ hostname }) => hostname)).toEqual(NODES);
    const data = nodes.flatMap(({ volumes = [] }) => volumes.filter((mount) => mount.endsWith(':/var/lib/rabbitmq')));
    expect(new Set(data).size).toBe(3);
    const volumes = nodes.flatMap(({ volumes = [] }) => volumes.map((mount) => mount.split(':')[0]));
    expect([...new Set(volumes)].sort()).toEqual(Object.keys(cluster.volumes).sort());
    expect(Object.keys(compose.volumes).filter((name) => name in cluster.volumes)).toEqual([]);
  });

  test('its nodes name each other, share a cookie that is made where they run, and are published nowhere new', () => {
    const named = [...conf.matchAll(/^cluster_formation\.classic_config\.nodes\.\d = rabbit@(\S+)$/gm)];
    expect(named.map(([, host]) => host)).toEqual(NODES);
    const cookies = nodes.map(({ volumes = [] }) => volumes.filter((mount) => mount.includes('cookie')));
    expect(new Set(cookies.flat()).size).toBe(1);
    expect(cookies.every((mounts) => mounts.length === 1)).toBe(true);
    for (const { environment = {}, ports } of nodes) {
      expect(Object.keys(environment).filter((name) => !knownVariables.includes(name))).toEqual([]);
      expect(ports).toBeUndefined();
    }
  });

  test.each(NODES.slice(1))('%s has a health check, comes back after a failure and has time to stop', (name) => {
    const { healthcheck, restart, stop_grace_period } = cluster.services[name] ?? {};
    const { rabbitmq = {} } = compose.services;
    expect({ healthcheck, restart, stop_grace_period }).toEqual({
      healthcheck: rabbitmq.healthcheck,
      restart: rabbitmq.restart,
      stop_grace_period: rabbitmq.stop_grace_period,
    });
  });

  test.each([...settingsOf.keys()])('%s knows all nodes, and waits until each queue can be on all', (name) => {
    const environment = { ...compose.services[name]?.environment, ...cluster.services[name]?.environment };
    const { rabbitmq } = readConsumerConfiguration({
      RABBITMQ_URL: environment.RABBITMQ_URL,
      RABBITMQ_MANAGEMENT_URL: environment.RABBITMQ_MANAGEMENT_URL,
      QUEUE_MEMBERS: environment.QUEUE_MEMBERS,
    }).options;
    expect(splitUrls(rabbitmq.url)).toEqual(NODES.map((node) => `amqp://guest:guest@${node}:5672`));
    expect(rabbitmq.replication).toEqual({
      members: 3,
      management: managed(...NODES.map((node) => `http://${node}:15672`)),
    });
  });

  test('it changes nothing else', () => {
    expect(Object.keys(cluster.services).sort()).toEqual([...NODES, ...settingsOf.keys(), 'prometheus'].sort());
    // In place of the file with the one node.
    const [mount = '', ...more] = cluster.services.prometheus?.volumes ?? [];
    expect(more).toEqual([]);
    expect(compose.services.prometheus?.volumes?.map((one) => one.split(':')[1])).toContain(mount.split(':')[1]);
    const [{ targets }] = parse(read(mount.split(':')[0] ?? '')) as [{ targets: string[] }];
    expect(targets).toEqual(NODES.map((node) => `${node}:15692`));
  });
});

describe('the file for several storefronts', () => {
  const { storefront = {}, ...others } = storefronts.services;

  test('changes nothing but how many there are and their ports, of which there are enough', () => {
    expect(others).toEqual({});
    expect(Object.keys(storefront).sort()).toEqual(['depends_on', 'deploy', 'ports']);
    expect(compose.services.storefront).not.toHaveProperty('container_name');
    const [port = '', ...more] = storefront.ports ?? [];
    expect(more).toEqual([]);
    const [, first, last, target] = /^127\.0\.0\.1:\$\{STOREFRONT_PORTS:-(\d+)-(\d+)\}:(\d+)$/.exec(port) ?? [];
    expect([first, last, target]).toEqual(['8000', '8009', '8000']);
    expect(ports.STOREFRONT_PORTS).toBe('8000-8009');
    expect(ports.STOREFRONT_PORT).toBe(8000);
  });

  test('lets services with a port of that range have it first', () => {
    const within = services.filter(([name, service]) =>
      (service.ports ?? []).some((port) => name !== 'storefront' && /:-800\d\}/.test(port)),
    );
    expect(Object.keys(storefront.depends_on ?? {}).sort()).toEqual(within.map(([name]) => name).sort());
  });

  test('leaves them the volume in which the secrets are that they have to share', () => {
    expect(compose.services.storefront?.volumes).toEqual(['desk-secrets:/var/lib/order-ingestion/desk']);
    expect(stages('storefront')).toContain('ENV DESK_SECRETS_FOLDER=/var/lib/order-ingestion/desk\n');
    expect(stages('storefront')).toMatch(/^RUN install -d -m 700 -o node -g node \/var\/lib\/order-ingestion\/desk$/m);
  });
});
