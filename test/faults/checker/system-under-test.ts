import { queryOnce } from '../../harness/databases.ts';
import { eventually } from '../../harness/eventually.ts';
import { callManagement } from '../../harness/management.ts';
import { call, createSharedSystem, type SystemUrls } from '../../harness/system.ts';
import { installedBroker } from '../../harness/vhosts.ts';

/** Rows of each source: these succeed, these never do, and 3 are refused: two are invalid, one does not fit endput. */
export const POSITIVE = 20;
export const NEGATIVE = 5;
export const REFUSED = 3;
export const ROWS = POSITIVE + NEGATIVE + REFUSED;

/** A system whose sources have published all their rows, without a consumer yet. */
export async function createPublishedSystem() {
  const system = await createSharedSystem(installedBroker());
  try {
    // It makes endput's tables and the queues.
    const consumer = await system.startConsumer();
    await consumer.stop();
    for (const index of [0, 1]) {
      const api = await system.startSource(index);
      await call(api, 'POST', '/v0/insert-data', { positive_inserts: POSITIVE, negative_inserts: NEGATIVE });
      await queryOnce(
        system.urls.sources[index] ?? '',
        `insert into orders (product, price, security_check)
         values (' ', 1, true), ('a price of nothing', 0, true), ('a price beyond endput', 1e13, true)`,
      );
      await call(api, 'POST', '/v0/process/run?wait=true');
    }
  } catch (error) {
    await system.stop();
    throw error;
  }
  return system;
}
export type PublishedSystem = Awaited<ReturnType<typeof createPublishedSystem>>;

/**
 * Resolves when the broker's statistics, which are some seconds old, have seen every record acknowledged: from then on they
 * show nothing in hand of a consumer.
 */
export async function untilStatisticsAreSettled({ vhost }: PublishedSystem): Promise<void> {
  const { managementUrl } = installedBroker();
  await eventually(async () => {
    for (const name of ['primary_queue', 'attempt_log']) {
      const queue = (await callManagement(managementUrl, `/queues/${vhost.name}/${name}`)) as {
        messages_unacknowledged?: number;
        message_stats?: { publish?: number; ack?: number };
      };
      if (queue.messages_unacknowledged !== 0) throw new Error(`${name} has messages in hand`);
      const { publish, ack } = queue.message_stats ?? {};
      if (name === 'attempt_log' && (publish === undefined || ack !== publish)) {
        throw new Error(`of ${publish} records ${ack} are acknowledged`);
      }
    }
  }, 60_000);
}

/** Where the stores of a system are, as arguments of the program. */
export function whereabouts({
  urls,
  systemName,
}: {
  urls: SystemUrls;
  systemName: (index: number) => string;
}): string[] {
  return [
    ...urls.sources.flatMap((url, index) => ['--source', `${systemName(index)}=${url}`]),
    ...['--endput', urls.endput, '--attempt-log', urls.attemptLog, '--attempt-log-ttl', '1h'],
    ...['--rabbitmq', urls.rabbitmq, '--management', installedBroker().managementUrl],
  ];
}

/** Nothing flows, so one look is enough. */
export const SETTLED_ONCE = ['--settled', '--again-after', '0s'];
