import { fileURLToPath } from 'node:url';
import { countOn } from '../../db/endput/count-on.ts';
import { prepareTotals } from '../../db/endput/prepare-totals.ts';
import { readBestSold } from '../../db/endput/products.ts';
import {
  readNextDue,
  readTotals,
  readTotalsVersion,
  readWaiting,
  type CountedTotals,
  type WaitingTotal,
} from '../../db/endput/totals.ts';
import { migrate } from '../../db/migrate.ts';
import type { Pool } from '../../db/pool.ts';
import { backoffDelay, pause } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import { FEED_PRODUCTS } from './feed-messages.ts';
import type { Feed } from './feed.ts';
import { shownProduct, shownTotals } from './shown-totals.ts';
import type { StorefrontMetrics } from './storefront-metrics.ts';

const MIGRATIONS = fileURLToPath(new URL('../../db/endput/migrations', import.meta.url));
const RETRY = { shortest: 250, longest: 5_000 };
/** Rows that are counted in one transaction, and transactions until the totals are told, and called incomplete. */
const PAGE = 5_000;
const PAGES_AT_ONCE = 10;
/** Milliseconds between two looks at endput. */
const INTERVAL = 250;
/**
 * A look rests so many times as long as it took. Counting what waits reads every retry, and takes a second where there are
 * half a million of them.
 */
const REST = 2;
const REST_AFTER_WAITING = 20;

/**
 * Keeps the feed's totals and products as endput has them: counts on what is new there (`db/endput/count-on.ts`; of several
 * copies whoever is first), and reads what was counted. While endput is away, nothing changes and the feed says so. Resolves
 * when `stop` is aborted; never rejects.
 */
export async function followEndput(options: {
  url: string;
  pool: Pool;
  feed: Feed;
  metrics: StorefrontMetrics;
  stop: AbortSignal;
  logger: Logger;
  /** What endput has to hold besides its tables; awaited whenever endput was away. */
  prepare: () => Promise<void>;
  /** Told that totals are there, or why not. */
  onState: (reason: string | undefined) => void;
}): Promise<void> {
  const { url, pool, feed, metrics, stop, logger } = options;
  let counted: CountedTotals | undefined;
  let waiting: WaitingTotal[] = [];
  let waitingReadAgainAt = 0;
  let told = '';

  const countWhatIsNew = async (): Promise<void> => {
    for (let page = 1; page <= PAGES_AT_ONCE && !stop.aborted; page += 1) {
      const began = performance.now();
      const result = await countOn(pool, PAGE, page < PAGES_AT_ONCE);
      if (result === undefined) return;
      if (result.rows > 0) metrics.countSeconds.observe((performance.now() - began) / 1000);
      metrics.counted.inc(result.rows);
      if (!result.more) return;
    }
  };

  const look = async (): Promise<void> => {
    await countWhatIsNew();
    const version = await readTotalsVersion(pool);
    if (counted?.version !== version) {
      counted = await readTotals(pool);
      const best = await readBestSold(pool, FEED_PRODUCTS);
      feed.products({ products: best.map(shownProduct), count: counted.products });
    }
    const began = Date.now();
    if (began >= waitingReadAgainAt) {
      waiting = await readWaiting(pool);
      waitingReadAgainAt = began + (Date.now() - began) * REST_AFTER_WAITING;
    }
    const totals = shownTotals({ counted, waiting, nextDue: await readNextDue(pool) }, new Date());
    // The time alone is no news.
    const news = JSON.stringify({ ...totals, as_of: '' });
    if (news !== told) feed.totals(totals);
    told = news;
  };

  const isStopped = () => stop.aborted;
  let isPrepared = false;
  for (let failures = 0; !stop.aborted;) {
    try {
      if (!isPrepared) {
        await migrate(url, MIGRATIONS, logger);
        await options.prepare();
        const { restored } = await prepareTotals(pool);
        if (restored) logger.warn('endput was restored in another cluster: everything is counted anew');
        isPrepared = true;
      }
      const began = Date.now();
      await look();
      if (failures > 0) logger.info('endput answers again');
      failures = 0;
      feed.connection('endput', 'up', Date.now());
      metrics.endputAway.set(0);
      options.onState(undefined);
      await pause(Math.max(INTERVAL, (Date.now() - began) * REST), stop);
    } catch (error) {
      if (isStopped()) return;
      failures += 1;
      // It may be another one when it is back.
      isPrepared = false;
      feed.connection('endput', 'away', Date.now());
      metrics.endputAway.set(1);
      options.onState(`endput is not ready: ${error instanceof Error ? error.message : String(error)}`);
      logger.warn({ err: error, failures }, 'endput does not answer, totals stand still; trying again');
      await pause(backoffDelay(failures, RETRY), stop);
    }
  }
}
