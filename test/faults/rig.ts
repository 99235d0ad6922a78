import { randomUUID } from 'node:crypto';
import { queryOnce } from '../harness/databases.ts';
import { privatePostgres, privateRabbitmq, privateRedis } from '../harness/private-services.ts';
import { callManagement } from '../harness/management.ts';
import { allowVhost } from '../harness/secret.ts';
import type { GroundHere } from './transports.ts';

/** The servers on which scenarios run one after the other; each of them may be taken away. */
export async function createRig({ broker }: GroundHere) {
  if (!broker) throw new Error('this ground is skipped');
  const [sources, endput, attemptLog, redis, rabbitmq] = await Promise.all([
    privatePostgres(),
    privatePostgres(),
    privatePostgres(),
    privateRedis(),
    privateRabbitmq(broker.serverDir, broker.pluginsDir),
  ]);
  const servers = { sources, endput, attemptLog, redis, rabbitmq };
  return {
    servers,
    /** Everything runs, the broker is empty, and there are new databases. Resolves with where all of it is. */
    async renew() {
      await Promise.all(Object.values(servers).map((server) => server.start()));
      await emptyBroker(rabbitmq.managementUrl);
      const name = `run_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
      const [source1, source2, endputUrl, attemptLogUrl] = await Promise.all([
        createDatabase(sources, `${name}_1`),
        createDatabase(sources, `${name}_2`),
        createDatabase(endput, name),
        createDatabase(attemptLog, name),
      ]);
      return {
        rabbitmq: rabbitmq.url,
        management: rabbitmq.managementUrl,
        redis: redis.url,
        sources: [source1, source2],
        endput: endputUrl,
        attemptLog: attemptLogUrl,
      };
    },
    remove: () => Promise.all(Object.values(servers).map((server) => server.remove())),
  };
}
export type Rig = Awaited<ReturnType<typeof createRig>>;

async function createDatabase(server: { url: (database: string) => string }, name: string): Promise<string> {
  await queryOnce(server.url('postgres'), `create database ${name}`);
  return server.url(name);
}

/** The default virtual host is the one that comes back when a broker has lost its data, so all scenarios use it. */
async function emptyBroker(managementUrl: string): Promise<void> {
  await callManagement(managementUrl, '/vhosts/%2F', 'DELETE');
  await callManagement(managementUrl, '/vhosts/%2F', 'PUT');
  await allowVhost(managementUrl, '%2F');
}
