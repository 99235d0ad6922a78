import { randomUUID } from 'node:crypto';
import { redisUrl } from './context.ts';
import { createDatabase, queryOnce } from './databases.ts';
import { eventually } from './eventually.ts';
import { startConsumer, startSource, startStorefront, startTreacherousConsumer, type OurProcess } from './processes.ts';
import { createVhost, messagesIn, type RunningBroker } from './vhosts.ts';

/** Where a whole system under test keeps its things. */
export interface SystemUrls {
  rabbitmq: string;
  /** The broker's management API. */
  management: string;
  redis: string;
  sources: string[];
  endput: string;
  attemptLog: string;
}

/** What a source holds, and what became of it in endput. */
export interface Books {
  rows: number;
  stored: number;
  dead: number;
  waiting: number;
}

/** A whole system on given servers: source APIs, consumers, and questions about what they did. */
export function createSystem(urls: SystemUrls, env: Record<string, string> = {}) {
  const processes: OurProcess[] = [];
  // The Redis server is shared: every system has source names of its own.
  const suffix = randomUUID().replaceAll('-', '').slice(0, 8);
  const shared = {
    RABBITMQ_URL: urls.rabbitmq,
    RABBITMQ_MANAGEMENT_URL: urls.management,
    RABBITMQ_HEARTBEAT: '3',
    RETRY_DELAYS: '200ms',
    ATTEMPT_LOG_TTL: '1h',
    ...env,
  };
  const consumerEnv = { ...shared, ENDPUT_DATABASE_URL: urls.endput, ATTEMPT_LOG_URL: urls.attemptLog };
  const apis = new Map<string, string>();
  const track = async (starting: Promise<OurProcess>) => {
    const child = await starting;
    processes.push(child);
    return child;
  };
  const endput = <Row extends object>(text: string, values: unknown[] = []) =>
    queryOnce<Row>(urls.endput, text, values);
  const systemName = (index: number) => `system_${index + 1}_${suffix}`;

  const self = {
    urls,
    systemName,
    endput,
    startSource: async (index: number, more: Record<string, string> = {}) => {
      const source = await track(
        startSource({
          ...shared,
          SYSTEM: systemName(index),
          SOURCE_DATABASE_URL: urls.sources[index] ?? '',
          REDIS_URL: urls.redis,
          RUN_LEASE: '2s',
          ...more,
        }),
      );
      apis.set(systemName(index), source.url);
      return source;
    },
    startConsumer: (more: Record<string, string> = {}, waits = true, main?: string) =>
      track(startConsumer({ ...consumerEnv, ...more }, waits, main)),
    startTreacherousConsumer: (more: Record<string, string> = {}, waits = true) =>
      track(startTreacherousConsumer({ ...consumerEnv, ...more }, waits)),
    /** It knows the source APIs that were started before it. */
    startStorefront: (more: Record<string, string> = {}, waits = true) => {
      const sourceApis = [...apis].map(([system, url]) => `${system}=${url}`).join(',');
      return track(startStorefront({ ...consumerEnv, SOURCE_API_URLS: sourceApis, ...more }, waits));
    },

    async books(index: number): Promise<Books> {
      const [source] = await queryOnce<{ rows: number }>(
        urls.sources[index] ?? '',
        'select count(*)::int as rows from orders',
      );
      const [books] = await endput<Omit<Books, 'rows'>>(
        `select (select count(*)::int from orders where system = $1) as stored,
                (select count(*)::int from dead_letters d where source = $1 and state = 'dead'
                   and not exists (select from orders o where o.message_id = d.message_id)) as dead,
                (select count(*)::int from retries where source = $1) as waiting`,
        [systemName(index)],
      );
      if (!source || !books) throw new Error('no books');
      return { ...source, ...books };
    },
    /** Waits until every row of every source is stored or dead, nothing waits and the work queue is empty. */
    async untilBalanced(timeout = 90_000): Promise<Books[]> {
      return eventually(
        async () => {
          const books = await Promise.all(urls.sources.map((_, index) => self.books(index)));
          for (const { rows, stored, dead, waiting } of books) {
            if (stored + dead !== rows || waiting !== 0) throw new Error(`not balanced: ${JSON.stringify(books)}`);
          }
          const ready = await messagesIn(urls.rabbitmq, 'primary_queue');
          if (ready !== 0) throw new Error(`${ready} messages are left in primary_queue`);
          return books;
        },
        timeout,
        200,
      );
    },
    /** Attempts on record whose number differs from `min(processing_times, max)`, or that are not 1, 2, 3, ... */
    async wrongAttempts(maxAttempts = 5): Promise<object[]> {
      return queryOnce(
        urls.attemptLog,
        `select message_id, array_agg(attempt order by attempt) as attempts,
                max((document -> 'processing' ->> 'processing_times')::int) as processing_times
           from attempts
          where (document -> 'order') is not null
          group by message_id
         having array_agg(attempt order by attempt)
             <> (select array_agg(n) from generate_series(1, least($1, max((document -> 'processing' ->> 'processing_times')::int))) n)`,
        [maxAttempts],
      );
    },
    async recordedMessages(): Promise<number> {
      const [row] = await queryOnce<{ n: number }>(
        urls.attemptLog,
        'select count(distinct message_id)::int as n from attempts',
      );
      return row?.n ?? 0;
    },
    async recordedAttempts(): Promise<number> {
      const [row] = await queryOnce<{ n: number }>(urls.attemptLog, 'select count(*)::int as n from attempts');
      return row?.n ?? 0;
    },
    async stop(): Promise<void> {
      await Promise.all(processes.splice(0).map((child) => child.stop()));
    },
    /** The warnings and errors of all processes, and their last lines, for a failure's message. */
    logs: () =>
      processes
        .map(({ name, logLines }) => {
          const lines = logLines();
          const bad = lines.filter((line) => !line.startsWith('{"level":30')).slice(-60);
          return [`== ${name}: warnings and errors`, ...bad, `== ${name}: last lines`, ...lines.slice(-15)].join('\n');
        })
        .join('\n'),
  };
  return self;
}
export type System = ReturnType<typeof createSystem>;

/** A system on the shared servers: databases and a virtual host of its own. */
export async function createSharedSystem(broker: RunningBroker, env: Record<string, string> = {}) {
  const vhost = await createVhost(broker);
  const databases = await Promise.all([1, 2, 3, 4].map(() => createDatabase()));
  const [source1 = '', source2 = '', endput = '', attemptLog = ''] = databases.map((database) => database.url);
  const urls = {
    rabbitmq: vhost.url,
    management: broker.managementUrl,
    redis: redisUrl(),
    sources: [source1, source2],
    endput,
    attemptLog,
  };
  const system = createSystem(urls, env);
  return {
    ...system,
    vhost,
    async stop(): Promise<void> {
      await system.stop();
      await vhost.delete();
      await Promise.all(databases.map((database) => database.drop()));
    },
  };
}

/** Calls one of our APIs with JSON, as whoever has the token. Resolves with status and answer. */
export async function call(
  api: { url: string },
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  token?: string,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}
