import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../runtime/data-folder.ts';
import type { Screen } from './screen.ts';
import { startProcess } from './services/service-process.ts';
import { nodeProgram } from './services/node-program.ts';
import type { ServerUrls } from './servers.ts';
import type { Part } from './supervise.ts';

/** One of our own processes. */
export interface OurProcess {
  name: string;
  main: string;
  /** What it serves besides health and metrics: an API of a source, the page of the storefront, or nothing. */
  serves: 'api' | 'page' | 'nothing';
  env: Record<string, string>;
  /** Where it answers. */
  url: string;
}

/** What the user has set that concerns the addresses of processes. */
interface Wishes {
  /** HTTP_HOST, on which they listen. */
  host?: string;
  /** SOURCE_API_URLS, of APIs that the user runs besides. */
  moreSources?: string | undefined;
}

/** The processes of the system: the storefront, an API for each source, and so many consumers as there are ports for them. */
export function ourProcesses(
  urls: ServerUrls,
  ports: { storefront: number; system_1: number; system_2: number; consumers: number[] },
  { host = '127.0.0.1', moreSources = '' }: Wishes = {},
): OurProcess[] {
  const at = (port: number) => `http://${addressOf(host)}:${port}`;
  const shared = { RABBITMQ_URL: urls.rabbitmq, RABBITMQ_MANAGEMENT_URL: urls.management, QUEUE_MEMBERS: '1' };
  const api = (system: string, port: number, database: string): OurProcess => ({
    name: system,
    main: 'apis/source-system/main.ts',
    serves: 'api',
    url: at(port),
    env: {
      ...shared,
      SYSTEM: system,
      HTTP_PORT: String(port),
      SOURCE_DATABASE_URL: database,
      REDIS_URL: urls.redis,
    },
  });
  const consumers = ports.consumers.map((port, index): OurProcess => ({
    name: index === 0 ? 'consumer' : `consumer_${index + 1}`,
    main: 'consumer/main.ts',
    serves: 'nothing',
    url: at(port),
    env: {
      ...shared,
      CONSUMER_HTTP_PORT: String(port),
      ENDPUT_DATABASE_URL: urls.endput,
      ATTEMPT_LOG_URL: urls.attemptLog,
    },
  }));
  const storefront: OurProcess = {
    name: 'storefront',
    main: 'apis/storefront/main.ts',
    serves: 'page',
    url: at(ports.storefront),
    env: {
      ...shared,
      STOREFRONT_HTTP_PORT: String(ports.storefront),
      ENDPUT_DATABASE_URL: urls.endput,
      ATTEMPT_LOG_URL: urls.attemptLog,
      // Of two with one name the first counts.
      SOURCE_API_URLS: [
        ...[`system_1=${at(ports.system_1)}`, `system_2=${at(ports.system_2)}`],
        ...(moreSources === '' ? [] : [moreSources]),
      ].join(','),
    },
  };
  return [
    storefront,
    api('system_1', ports.system_1, urls.db1),
    api('system_2', ports.system_2, urls.db2),
    ...consumers,
  ];
}

/** Where whatever listens on a host answers on this machine: all addresses include this one. */
function addressOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Makes a process a part that is ready when its `/health/ready` says so; until then `onReason` is told why it is not. */
export function processPart(
  our: OurProcess,
  options: { env: NodeJS.ProcessEnv; screen: Pick<Screen, 'ours'>; onReason: (reason: string) => void },
): Part {
  return {
    name: our.name,
    async start(started) {
      const child = startProcess({
        name: our.name,
        file: process.execPath,
        args: await nodeProgram(our.main),
        cwd: ROOT,
        env: { ...options.env, ...our.env },
        onLine: options.screen.ours(our.name),
      });
      started({ exited: child.exited, stop: (deadline) => child.stop('SIGTERM', deadline), kill: child.kill });
      while (!child.hasExited()) {
        const reason = await whyNotReady(our.url);
        if (reason === undefined) return;
        options.onReason(reason);
        await Promise.race([sleep(200), child.exited]);
      }
      throw new Error(`${our.name} ${await child.exited}:\n${child.lastLines()}`);
    },
  };
}

/** Why a process is not ready, in words; undefined when it is. */
async function whyNotReady(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) });
    if (answer.ok) {
      await answer.body?.cancel();
      return undefined;
    }
    const body = (await answer.json()) as { reason?: unknown };
    return typeof body.reason === 'string' ? body.reason : `answers with status ${answer.status}`;
  } catch {
    return '';
  }
}
