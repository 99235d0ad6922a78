import { privatePostgres, privateRabbitmq, privateRedis } from './private-services.ts';
import { createSystem } from './system.ts';
import { installedBroker } from './vhosts.ts';

/** A system on servers of its own, for tests in which servers fail. */
export async function createPrivateSystem(env: Record<string, string> = {}) {
  const { serverDir } = installedBroker();
  const [sources, endput, attemptLog, redis, rabbitmq] = await Promise.all([
    privatePostgres(['source_1', 'source_2']),
    privatePostgres(['endput']),
    privatePostgres(['attempt_log']),
    privateRedis(),
    privateRabbitmq(serverDir),
  ]);
  const system = createSystem(
    {
      rabbitmq: rabbitmq.url,
      management: rabbitmq.managementUrl,
      redis: redis.url,
      sources: [sources.url('source_1'), sources.url('source_2')],
      endput: endput.url('endput'),
      attemptLog: attemptLog.url('attempt_log'),
    },
    env,
  );
  return {
    ...system,
    servers: { sources, endput, attemptLog, redis, rabbitmq },
    async stop(): Promise<void> {
      await system.stop();
      await Promise.all([sources, endput, attemptLog, redis, rabbitmq].map((server) => server.remove()));
    },
  };
}
export type PrivateSystem = Awaited<ReturnType<typeof createPrivateSystem>>;
