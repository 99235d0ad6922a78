import { connect } from 'amqplib';
import { CannotLookError, messageOf } from './postgres.ts';

const PRIMARY_QUEUE = 'primary_queue';
const ATTEMPT_LOG_QUEUE = 'attempt_log';
export const DEAD_LETTER_QUEUE = 'dlq_queue';
const RETRY_QUEUE = /^retry_[0-9]+$/;

/** Where the broker is, and its management; both with user and password. Of a cluster several URLs, separated by commas. */
export interface Broker {
  url: string;
  managementUrl: string;
}

export interface QueueDepth {
  /** Counted by the queue itself, at that moment. */
  ready: number;
  /** From the broker's statistics, which are some seconds old. */
  unacknowledged: number;
  /** What its consumers may have in hand at most. */
  prefetched: number;
  consumers: number;
  arguments: Record<string, unknown>;
  /** Of the policies that apply to it. */
  policy: Record<string, unknown>;
}

/** How many messages are in the queues of the system. */
export interface QueueDepths {
  primary: QueueDepth | undefined;
  deadLetters: QueueDepth | undefined;
  attemptLog: QueueDepth | undefined;
  /** All queues in which retries wait, together. */
  retries: { ready: number; unacknowledged: number };
}

interface QueueAnswer {
  name: string;
  messages_unacknowledged?: number;
  consumers?: number;
  arguments?: Record<string, unknown>;
  effective_policy_definition?: Record<string, unknown> | unknown[];
}
interface ConsumerAnswer {
  queue?: { name?: string };
  prefetch_count?: number;
}

/** Counts messages and takes none. Rejects with a `CannotLookError`. */
export async function readQueues(broker: Broker): Promise<QueueDepths> {
  const vhost = encodeURIComponent(vhostOf(broker.url));
  const [queues, consumers] = await Promise.all([
    askManagement<QueueAnswer[]>(broker, `/queues/${vhost}`),
    askManagement<ConsumerAnswer[]>(broker, `/consumers/${vhost}`),
  ]);
  const ready = await countReady(broker.url, queues.map(({ name }) => name).filter(isOurs));
  const depths = new Map(
    queues.map((queue): [string, QueueDepth] => {
      const own = consumers.filter((consumer) => consumer.queue?.name === queue.name);
      const policy = queue.effective_policy_definition ?? {};
      return [
        queue.name,
        {
          ready: ready.get(queue.name) ?? 0,
          unacknowledged: queue.messages_unacknowledged ?? 0,
          prefetched: own.reduce((sum, { prefetch_count = 0 }) => sum + prefetch_count, 0),
          consumers: own.length,
          arguments: queue.arguments ?? {},
          policy: Array.isArray(policy) ? {} : policy,
        },
      ];
    }),
  );
  const retrying = [...depths].filter(([name]) => RETRY_QUEUE.test(name)).map(([, depth]) => depth);
  const sum = (part: 'ready' | 'unacknowledged') => retrying.reduce((total, depth) => total + depth[part], 0);
  return {
    primary: depths.get(PRIMARY_QUEUE),
    deadLetters: depths.get(DEAD_LETTER_QUEUE),
    attemptLog: depths.get(ATTEMPT_LOG_QUEUE),
    retries: { ready: sum('ready'), unacknowledged: sum('unacknowledged') },
  };
}

const isOurs = (name: string): boolean =>
  [PRIMARY_QUEUE, DEAD_LETTER_QUEUE, ATTEMPT_LOG_QUEUE].includes(name) || RETRY_QUEUE.test(name);

/** The virtual host of an AMQP URL; without a path it is `/`. */
function vhostOf(url: string): string {
  const path = new URL(eachOf(url)[0] ?? '').pathname.slice(1);
  return path === '' ? '/' : decodeURIComponent(path);
}

/** The URLs of a list; a comma in a password separates nothing. */
export const eachOf = (urls: string): string[] => urls.split(/\s*,\s*(?=\w+:\/\/)/);

/** The first of several URLs with which `use` succeeds; its error of the last where it does with none. */
async function atAny<T>(urls: string, use: (url: string) => Promise<T>): Promise<T> {
  let failure: unknown;
  for (const url of eachOf(urls)) {
    try {
      return await use(url);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Asks the broker's management, of a cluster that of the first node that answers. Rejects with a `CannotLookError`. */
export const askManagement = <T>({ managementUrl }: Broker, path: string): Promise<T> =>
  atAny(managementUrl, (url) => askOne<T>(url, path));

async function askOne<T>(managementUrl: string, path: string): Promise<T> {
  const { username, password, origin } = new URL(managementUrl);
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  try {
    const response = await fetch(`${origin}/api${path}`, {
      headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  } catch (error) {
    const cause = error instanceof Error && error.cause ? `: ${messageOf(error.cause)}` : '';
    throw new CannotLookError(`RabbitMQ's management at ${origin} does not answer: ${messageOf(error)}${cause}`, {
      cause: error,
    });
  }
}

/** Asks each queue itself, by a passive declaration: the management's numbers are some seconds old. */
async function countReady(url: string, names: readonly string[]): Promise<Map<string, number>> {
  return onChannel(url, async (channel) => {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (await channel.checkQueue(name)).messageCount);
    return counts;
  });
}

/** Runs `use` on a channel of a connection of its own. Rejects with a `CannotLookError`. */
export async function onChannel<T>(urls: string, use: (channel: Channel) => Promise<T>): Promise<T> {
  let connection: Awaited<ReturnType<typeof connect>> | undefined;
  try {
    const clientProperties = { connection_name: 'check-books' };
    connection = await atAny(urls, (url) => connect(url, { timeout: 10_000, clientProperties }));
    connection.on('error', () => undefined);
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    return await use(channel);
  } catch (error) {
    if (error instanceof CannotLookError) throw error;
    throw new CannotLookError(`RabbitMQ cannot be asked: ${messageOf(error)}`, { cause: error });
  } finally {
    await connection?.close().catch(() => undefined);
  }
}
type Channel = Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>;
