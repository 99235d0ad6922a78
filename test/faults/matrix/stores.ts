import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../harness/eventually.ts';
import { callManagement } from '../../harness/management.ts';
import { readMetrics } from '../consumer-says.ts';
import type { Fault } from '../fault.ts';
import { isWhole } from '../form.ts';
import type { Running } from '../running.ts';

/** Redis and the log's database. */
export const STORES: readonly Fault[] = [
  {
    name: 'Redis is killed and its data are deleted',
    sees: 'The run fails or goes on; the next one publishes from the first row, and the copies are recognised.',
    differs: false,
    isShort: true,
    at: [0, 0.3],
    async inflict(running) {
      const { redis } = running.servers;
      await redis.kill();
      await redis.wipe();
      await redis.start();
      await running.run();
    },
  },
  {
    name: "the log's database is stopped",
    sees: 'Orders are stored meanwhile; `consumer_attempt_log_away` is 1 and records wait in `attempt_log`.',
    differs: false,
    isShort: true,
    async inflict(running) {
      const { attemptLog } = running.servers;
      await attemptLog.stop();
      await Promise.all([sleep(isWhole ? 60_000 : 5_000), running.untilSettled(1), untilRecordsWait(running)]);
      await attemptLog.start();
    },
  },
];

/** Consumers say that the log is away, and what they would write to it is in the queue. */
const untilRecordsWait = ({ consumers, servers }: Running): Promise<void> =>
  eventually(async () => {
    const away = await Promise.all(
      consumers.map(async (consumer) => (await readMetrics(consumer))('consumer_attempt_log_away')),
    );
    if (!away.includes(1)) throw new Error('no consumer says that the attempt log is away');
    // What a consumer holds counts too.
    const queue = await callManagement(servers.rabbitmq.managementUrl, '/queues/%2F/attempt_log');
    if (!(queue as { messages?: number }).messages) throw new Error('no record waits in attempt_log');
  });
