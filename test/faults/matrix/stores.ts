import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { isWhole } from '../form.ts';

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
      await Promise.all([sleep(isWhole ? 60_000 : 5_000), running.untilSettled(1)]);
      await attemptLog.start();
    },
  },
];
