import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { holdsPlugin, pluginFolders } from './find-rabbitmq.ts';
import { freePorts } from './free-port.ts';
import { clusterArguments, clusterLines, writeCookie, type ClusterMembership } from './rabbitmq-cluster.ts';
import { connects, startProcess, untilReady, type ServiceProcess } from './service-process.ts';

/** How a RabbitMQ node is run. User and password are `guest`. */
export interface RabbitmqOptions {
  name?: string;
  /** Holds all of its files. */
  folder: string;
  /** Folder of the script rabbitmq-server, see `find-rabbitmq.ts`. */
  serverDir: string;
  port: number;
  managementPort: number;
  /** Further folders with plugins, as in RABBITMQ_PLUGINS_DIR. */
  pluginsDir?: string | undefined;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
  /** Makes it one node of a cluster. */
  cluster?: ClusterMembership;
}

const DELAYED_MESSAGE_PLUGIN = 'rabbitmq_delayed_message_exchange';

/** Some versions answer on all ports before they have finished starting; this line they write when they have. */
const STARTED = /completed with \d+ plugins/;

/** How long a node that is healthy may keep us waiting for that line, in milliseconds. */
const PATIENCE_WHEN_HEALTHY = 10_000;

/**
 * Starts a RabbitMQ node of its own on 127.0.0.1 with the management plugin, and with the delayed-message plugin where
 * one lies in its plugin folders. Any user may run it. Resolves when it has started and takes connections.
 */
export async function startRabbitmq(options: RabbitmqOptions) {
  const { port, managementPort, name = 'rabbitmq' } = options;
  const { env, epmdPort } = await prepare(options);
  // A child of ours: otherwise the server starts one as a daemon that stays behind. It is ended last.
  const epmd = options.cluster ? undefined : await startEpmd(epmdPort, { name, cwd: options.folder, env });
  let hasStarted = false;
  const service = startProcess({
    name,
    file: join(options.serverDir, 'rabbitmq-server'),
    args: [],
    // Where it leaves a dump when it crashes.
    cwd: options.folder,
    env,
    onLine: (line) => {
      if (STARTED.test(line)) hasStarted = true;
      options.onLine?.(line);
    },
  });
  let healthySince: number | undefined;
  const isReady = async () => {
    if (!(await connects(port)) || !(await isHealthy(managementPort))) return false;
    healthySince ??= Date.now();
    return hasStarted || Date.now() - healthySince > PATIENCE_WHEN_HEALTHY;
  };
  try {
    await untilReady(service, isReady, 120_000);
  } catch (error) {
    await epmd?.kill();
    throw error;
  }
  return {
    ...service,
    port,
    managementPort,
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    managementUrl: `http://guest:guest@127.0.0.1:${managementPort}`,
    /** Under which rabbitmqctl and its like find this node. */
    env,
    /** With its management plugin 3.10 takes 6 s, 4.x 1 s. */
    async stop(deadline = 8_000): Promise<void> {
      await service.stop('SIGTERM', deadline);
      await epmd?.stop();
    },
    async kill(): Promise<void> {
      await service.kill();
      await epmd?.kill();
    },
  };
}
export type Rabbitmq = Awaited<ReturnType<typeof startRabbitmq>>;

/** Starts Erlang's register of nodes and their ports. Resolves when it answers. */
export async function startEpmd(
  port: number,
  options: { name: string; cwd: string; env: NodeJS.ProcessEnv },
): Promise<ServiceProcess> {
  const args = ['-port', String(port), '-address', '127.0.0.1'];
  const epmd = startProcess({ ...options, name: `${options.name}: epmd`, file: 'epmd', args });
  await untilReady(epmd, () => connects(port), 10_000);
  return epmd;
}

/** Writes its configuration, and resolves with the environment that keeps all of its files in its folder. */
async function prepare(options: RabbitmqOptions): Promise<{ env: NodeJS.ProcessEnv; epmdPort: number }> {
  const folder = resolve(options.folder);
  await mkdir(join(folder, 'log'), { recursive: true });
  const { cluster } = options;
  const [distributionPort = 0, ownEpmdPort = 0] = await freePorts(2);
  const epmdPort = cluster?.epmdPort ?? ownEpmdPort;
  const write = (file: string, ...lines: string[]) => writeFile(join(folder, file), `${lines.join('\n')}\n`);
  const more = options.pluginsDir?.split(delimiter).filter((entry) => entry !== '') ?? [];
  const plugins = [...new Set([...more, ...pluginFolders(options.serverDir)])];
  const wanted = [
    'rabbitmq_management',
    ...(holdsPlugin(plugins, DELAYED_MESSAGE_PLUGIN) ? [DELAYED_MESSAGE_PLUGIN] : []),
  ];
  await write('enabled_plugins', `[${wanted.join(',')}].`);
  await write(
    'rabbitmq.conf',
    `listeners.tcp.1 = 127.0.0.1:${options.port}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${options.managementPort}`,
    'log.console.level = warning',
    ...(cluster ? clusterLines(cluster) : []),
  );
  // Retries of transport ttl come back through the dead-letter worker: 6,500/s with its default, 14,000/s with this.
  await write('advanced.config', '[{rabbit, [{dead_letter_worker_consumer_prefetch, 1000}]}].');
  if (cluster) await writeCookie(folder, cluster);

  // What the user has set for another node, or for our processes, must not reach this one.
  const inherited = Object.entries(options.env ?? process.env).filter(([key]) => !/^(RABBITMQ|ERL)_/.test(key));
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    HOME: folder,
    // The data lie under this name, so it does not depend on the port.
    RABBITMQ_NODENAME: cluster?.node ?? 'orders@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(options.port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: [
      '-kernel inet_dist_use_interface {127,0,0,1}',
      ...(cluster ? [clusterArguments(cluster)] : []),
    ].join(' '),
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
    ...(more.length > 0 && { RABBITMQ_PLUGINS_DIR: plugins.join(delimiter) }),
  };
  return { env, epmdPort };
}

async function isHealthy(managementPort: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${managementPort}/api/health/checks/local-alarms`, {
    headers: { authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}`, connection: 'close' },
    signal: AbortSignal.timeout(2_000),
  });
  await response.body?.cancel();
  // 503 is an alarm: it runs, and says so to whoever publishes.
  return response.ok || response.status === 503;
}
