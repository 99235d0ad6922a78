import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { redisUrl } from '../../test/harness/context.ts';
import { createDatabase, queryOnce } from '../../test/harness/databases.ts';
import { callManagement } from '../../test/harness/management.ts';
import { startSource, type OurProcess } from '../../test/harness/processes.ts';
import { allowVhost } from '../../test/harness/secret.ts';
import { createVhost, drain, installedBroker, messagesIn } from '../../test/harness/vhosts.ts';
import type { OrderMessage } from '../../rabbitmq/order-message.ts';

/** An answer of an API. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Sends one request; a string or a buffer goes as it is, anything else as JSON. */
export async function send(
  api: { url: string },
  method: string,
  path: string,
  body?: unknown,
  contentType = 'application/json',
): Promise<Answer> {
  const raw = typeof body === 'string' || Buffer.isBuffer(body) ? new Uint8Array(Buffer.from(body)) : undefined;
  const response = await fetch(`${api.url}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': contentType }, body: raw ?? JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** One source API as users start it, with a database, a virtual host and a name of its own; all end with the test. */
export async function startSourceUnderTest(options: { databaseUrl?: string; env?: Record<string, string> } = {}) {
  const system = `system_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const broker = installedBroker();
  const vhost = await createVhost(broker);
  const database = options.databaseUrl === undefined ? await createDatabase() : undefined;
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  const redis = new Redis(redisUrl());
  const processes: OurProcess[] = [];
  const start = async (env: Record<string, string> = {}, waits = true) => {
    const started = await startSource(
      {
        SYSTEM: system,
        SOURCE_DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl(),
        RABBITMQ_URL: vhost.url,
        ...options.env,
        ...env,
      },
      waits,
    );
    processes.push(started);
    return started;
  };
  onTestFinished(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    redis.disconnect();
    await vhost.delete();
    await database?.drop();
  });
  const api = await start();
  return {
    system,
    api,
    redis,
    rabbitmqUrl: vhost.url,
    databaseUrl,
    /** Starts another process of the same source. */
    startAnother: start,
    sql: <Row extends Record<string, unknown>>(text: string, values: unknown[] = []) =>
      queryOnce<Row>(databaseUrl, text, values),
    run: () => send(api, 'POST', '/v0/process/run?wait=true'),
    state: async () => (await send(api, 'GET', '/v0/process')).body,
    insert: (positive_inserts: number, negative_inserts = 0) =>
      send(api, 'POST', '/v0/insert-data', { positive_inserts, negative_inserts }),
    queued: () => messagesIn(vhost.url, 'primary_queue'),
    /** Takes the broker away from this source: its connection is closed, and no other is let in. */
    brokerAway: () => vhost.delete(),
    /** Gives it back, empty as after a loss of its data. */
    brokerBack: async () => {
      await callManagement(broker.managementUrl, `/vhosts/${vhost.name}`, 'PUT');
      await allowVhost(broker.managementUrl, vhost.name);
    },
    /** Takes all messages that were published, in their order. */
    published: async () => {
      const messages = await drain(vhost.url, 'primary_queue');
      return messages.map((message) => JSON.parse(message.content.toString()) as OrderMessage);
    },
  };
}
