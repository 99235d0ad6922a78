import { choosePorts, type WantedPort } from './choose-ports.ts';
import type { LauncherSettings } from './launcher-settings.ts';
import type { AttemptLogStore } from './servers.ts';

/**
 * The ports of everything that the launcher runs, one for each consumer. `notices` says which wishes could not be met.
 */
export async function chooseLauncherPorts(settings: LauncherSettings, attemptLog: AttemptLogStore) {
  const further = Array.from({ length: settings.CONSUMERS - 1 }, (_, index) => [
    `consumer_${index + 2}`,
    { owner: `consumer ${index + 2}`, variable: 'CONSUMER_PORT', port: 0 },
  ]);
  const { ports, notices } = await choosePorts({
    db1: { owner: 'Postgres db1', variable: 'DB1_PORT', port: settings.DB1_PORT },
    db2: { owner: 'Postgres db2', variable: 'DB2_PORT', port: settings.DB2_PORT },
    endput: { owner: 'Postgres endput', variable: 'ENDPUT_PORT', port: settings.ENDPUT_PORT },
    attempt_log: attemptLogPort(settings, attemptLog),
    redis: { owner: 'Redis', variable: 'REDIS_PORT', port: settings.REDIS_PORT },
    rabbitmq: { owner: 'RabbitMQ', variable: 'RABBITMQ_PORT', port: settings.RABBITMQ_PORT },
    management: {
      owner: 'RabbitMQ management',
      variable: 'RABBITMQ_MANAGEMENT_PORT',
      port: settings.RABBITMQ_MANAGEMENT_PORT,
    },
    storefront: { owner: 'the storefront', variable: 'STOREFRONT_PORT', port: settings.STOREFRONT_PORT },
    system_1: { owner: 'API system_1', variable: 'API_SYSTEM_1_PORT', port: settings.API_SYSTEM_1_PORT },
    system_2: { owner: 'API system_2', variable: 'API_SYSTEM_2_PORT', port: settings.API_SYSTEM_2_PORT },
    consumer: { owner: 'the consumer', variable: 'CONSUMER_PORT', port: settings.CONSUMER_PORT },
    ...(Object.fromEntries(further) as Record<`consumer_${number}`, WantedPort>),
  });
  const consumers = Object.entries(ports).flatMap(([name, port]) => (name.startsWith('consumer') ? [port] : []));
  return { ports: { ...ports, consumers }, notices };
}
export type LauncherPorts = Awaited<ReturnType<typeof chooseLauncherPorts>>['ports'];

function attemptLogPort({ MONGO_PORT, ATTEMPT_LOG_PORT }: LauncherSettings, store: AttemptLogStore): WantedPort {
  const owner = 'the attempt log';
  switch (store) {
    case 'mongod':
      return { owner, variable: 'MONGO_PORT', port: MONGO_PORT };
    case 'postgres':
      return { owner, variable: 'ATTEMPT_LOG_PORT', port: ATTEMPT_LOG_PORT };
    case 'own':
      // The launcher runs none.
      return { owner, variable: 'ATTEMPT_LOG_PORT', port: 0 };
  }
}
