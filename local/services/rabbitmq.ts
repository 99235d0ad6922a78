import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from './free-port.ts';
import { connects, startProcess, untilReady } from './service-process.ts';

/** How a RabbitMQ node is run. User and password are `guest`. */
export interface RabbitmqOptions {
  name?: string;
  /** Holds all of its files. */
  folder: string;
  /** Folder of the script rabbitmq-server, see `find-rabbitmq.ts`. */
  serverDir: string;
  port: number;
  managementPort: number;
  onLine?: (line: string) => void;
}

const DELAYED_MESSAGE_PLUGIN = 'rabbitmq_delayed_message_exchange';

/**
 * Starts a RabbitMQ node of its own on 127.0.0.1 with the management plugin, and with the delayed-message plugin where
 * one lies in its plugin folders. Any user may run it. Resolves when it takes connections.
 */
export async function startRabbitmq(options: RabbitmqOptions) {
  const { folder, port, managementPort } = options;
  const name = options.name ?? 'rabbitmq';
  await mkdir(join(folder, 'log'), { recursive: true });
  const [distributionPort = 0, epmdPort = 0] = await freePorts(2);
  const plugins = [
    'rabbitmq_management',
    ...(hasDelayedMessagePlugin(options.serverDir) ? [DELAYED_MESSAGE_PLUGIN] : []),
  ];
  await writeFile(join(folder, 'enabled_plugins'), `[${plugins.join(',')}].\n`);
  await writeFile(
    join(folder, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      'management.tcp.ip = 127.0.0.1',
      `management.tcp.port = ${managementPort}`,
      // Statistics serve people here; a longer interval leaves the processor to the messages.
      'collect_statistics_interval = 5000',
      'log.console.level = warning',
      '',
    ].join('\n'),
  );
  // Retries of transport ttl come back through the dead-letter worker: 6,500/s with its default, 14,000/s with this.
  await writeFile(join(folder, 'advanced.config'), '[{rabbit, [{dead_letter_worker_consumer_prefetch, 1000}]}].\n');

  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: folder,
    RABBITMQ_NODENAME: `orders${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'config'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
  };
  // A child of ours: otherwise the server starts one as a daemon that stays behind. It is ended last.
  const epmd = startProcess({
    name: `${name}: epmd`,
    file: 'epmd',
    args: ['-port', String(epmdPort), '-address', '127.0.0.1'],
    env,
  });
  await untilReady(epmd, () => connects(epmdPort), 10_000);
  const service = startProcess({
    name,
    file: join(options.serverDir, 'rabbitmq-server'),
    args: [],
    env,
    ...(options.onLine && { onLine: options.onLine }),
  });
  const managementUrl = `http://guest:guest@127.0.0.1:${managementPort}`;
  try {
    await untilReady(service, async () => (await connects(port)) && isHealthy(managementPort), 90_000);
  } catch (error) {
    await epmd.kill();
    throw error;
  }
  return {
    ...service,
    port,
    managementPort,
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    managementUrl,
    env,
    async stop(deadline = 8_000): Promise<void> {
      await service.stop('SIGTERM', deadline);
      await epmd.stop();
    },
    async kill(): Promise<void> {
      await service.kill();
      await epmd.kill();
    },
  };
}
export type Rabbitmq = Awaited<ReturnType<typeof startRabbitmq>>;

async function isHealthy(managementPort: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${managementPort}/api/overview`, {
    headers: { authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}` },
    signal: AbortSignal.timeout(2_000),
  });
  await response.body?.cancel();
  return response.ok;
}

function hasDelayedMessagePlugin(serverDir: string): boolean {
  const given = process.env.RABBITMQ_PLUGINS_DIR?.split(':') ?? [];
  return [join(serverDir, '..', 'plugins'), ...given]
    .filter((folder) => existsSync(folder))
    .some((folder) => readdirSync(folder).some((file) => file.startsWith(DELAYED_MESSAGE_PLUGIN)));
}
