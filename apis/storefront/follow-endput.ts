import { fileURLToPath } from 'node:url';
import { countOn } from '../../db/endput/count-on.ts';
import { prepareTotals } from '../../db/endput/prepare-totals.ts';
import { readBestSold } from '../../db/endput/products.ts';
import {
  readCountingHorizon,
  readNextDue,
  readTotals,
  readTotalsVersion,
  type CountedTotals,
} from '../../db/endput/totals.ts';
import { migrate } from '../../db/migrate.ts';
import type { Pool } from '../../db/pool.ts';
import { backoffDelay, pause } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import { FEED_PRODUCTS } from './feed-messages.ts';
import type { Feed } from './feed.ts';
import type { HeldBack } from './held-back.ts';
import { feedTotals, shownProduct, shownTotals } from './shown-totals.ts';
import { createSilenceWatch } from './silence-watch.ts';
import type { StorefrontMetrics } from './storefront-metrics.ts';
import type { WaitingReading } from './waiting-reading.ts';

const MIGRATIONS = fileURLToPath(new URL('../../db/endput/migrations', import.meta.url));
const RETRY = { shortest: 250, longest: 5_000 };
/** Rows that are counted in one transaction, and transactions until the totals are told, and called incomplete. */
const PAGE = 5_000;
const PAGES_AT_ONCE = 10;
/** Milliseconds between two looks at endput. */
const INTERVAL = 250;
/**
 * A look rests so many times as long as it took, so that endput has most of its time for the consumers. While rows are left
 * it rests less: at 45 µs a row it then counts 17,000 a second, more than consumers store.
 */
const REST = 2;
const REST_WHILE_BEHIND = 0.25;
/** Milliseconds that endput may take for a statement before it is called away, and for the one that reads every retry. */
const SILENCE = 5_000;
const SILENCE_OF_WAITING = 20_000;

/** Milliseconds to rest after a look that took so many. */
export const restAfter = (took: number, isBehind: boolean): number =>
  Math.max(isBehind ? 0 : INTERVAL, took * (isBehind ? REST_WHILE_BEHIND : REST));

/**
 * Keeps the feed's totals and products as endput has them: counts on what is new there (`db/endput/count-on.ts`; of several
 * copies whoever is first), and reads what was counted. While endput is away, nothing changes and the feed says so. Resolves
 * when `stop` is aborted; never rejects.
 */
export async function followEndput(options: {
  url: string;
  /** For two statements at once: `waiting` reads by it too. */
  pool: Pool;
  waiting: WaitingReading;
  /** Told of each look. */
  heldBack: HeldBack;
  feed: Feed;
  metrics: StorefrontMetrics;
  stop: AbortSignal;
  logger: Logger;
  /** What endput has to hold besides its tables; awaited whenever endput was away. */
  prepare: () => Promise<void>;
  /** Told that totals are there, or why not. */
  onState: (reason: string | undefined) => void;
}): Promise<void> {
  const { url, pool, feed, heldBack, metrics, stop, logger } = options;
  let counted: CountedTotals | undefined;
  let told = '';
  const isAway = () => {
    feed.connection('endput', 'away', Date.now());
    metrics.endputAway.set(1);
  };
  const watch = createSilenceWatch(() => {
    logger.warn('endput is silent, totals stand still; waiting for it');
    isAway();
  });

  /** Resolves with whether rows are left. */
  const countWhatIsNew = async (): Promise<boolean> => {
    for (let page = 1; page <= PAGES_AT_ONCE && !stop.aborted; page += 1) {
      const began = performance.now();
      watch.expect(SILENCE);
      const result = await countOn(pool, PAGE, page < PAGES_AT_ONCE);
      // Another copy counts.
      if (result === undefined) return false;
      if (result.rows > 0) metrics.countSeconds.observe((performance.now() - began) / 1000);
      metrics.counted.inc(result.rows);
      if (!result.more) return false;
    }
    return true;
  };

  /** Resolves with whether rows are left to be counted. */
  const look = async (): Promise<boolean> => {
    const isBehind = await countWhatIsNew();
    watch.expect(SILENCE);
    const version = await readTotalsVersion(pool);
    if (counted?.version !== version) {
      counted = await readTotals(pool);
      const best = await readBestSold(pool, FEED_PRODUCTS);
      feed.products({ products: best.map(shownProduct), count: counted.products });
    }
    watch.expect(SILENCE_OF_WAITING);
    const waiting = await options.waiting();
    watch.expect(SILENCE);
    const nextDue = await readNextDue(pool);
    heldBack.note(await readCountingHorizon(pool), performance.now(), new Date());
    const totals = feedTotals(shownTotals({ counted, waiting, nextDue, heldBackSince: heldBack.since() }, new Date()));
    // The time alone is no news.
    const news = JSON.stringify({ ...totals, as_of: '' });
    if (news !== told) feed.totals(totals);
    told = news;
    return isBehind;
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
      const began = performance.now();
      const isBehind = await look();
      if (failures > 0) logger.info('endput answers again');
      failures = 0;
      feed.connection('endput', 'up', Date.now());
      metrics.endputAway.set(0);
      options.onState(undefined);
      watch.stop();
      await pause(restAfter(performance.now() - began, isBehind), stop);
    } catch (error) {
      watch.stop();
      if (isStopped()) return;
      failures += 1;
      // It may be another one when it is back.
      isPrepared = false;
      isAway();
      options.onState(`endput is not ready: ${error instanceof Error ? error.message : String(error)}`);
      logger.warn({ err: error, failures }, 'endput does not answer, totals stand still; trying again');
      await pause(backoffDelay(failures, RETRY), stop);
    }
  }
}
