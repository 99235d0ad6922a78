import { advancePublishPosition } from '../../db/source/publish-position.ts';
import {
  isHeldBackBefore,
  readCommitHorizon,
  readPublishableOrders,
  type PublishableOrder,
  type PublishPosition,
} from '../../db/source/publishable-orders.ts';
import { SourceUnavailableError } from '../../db/source/source-errors.ts';
import type { Pool } from '../../db/pool.ts';
import { BrokerUnavailableError } from '../../rabbitmq/connection.ts';
import { follow, unlessAborted } from '../../runtime/abort.ts';
import { backoffDelay, pause } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { BrokerSession } from './broker-session.ts';
import { toPublication, type OrderStamp } from './order-publication.ts';
import { RedisUnavailableError } from './run-lease.ts';
import type { Waits } from './run.ts';

/** A run gave up on a database, broker or Redis that did not answer. What was confirmed stays; the next run goes on. */
export class RunOutageError extends Error {
  readonly code = 'RUN_OUTAGE';
  override readonly name = 'RunOutageError';
}

export interface PublishRunOptions {
  pool: Pool;
  stamp: OrderStamp;
  from: PublishPosition;
  /** Opens a connection to the broker; the first one is given, so that a run does not begin without a broker. */
  openSession: () => Promise<BrokerSession>;
  firstSession: BrokerSession;
  /** Keeps the cursor; rejects with a `LeaseLostError` when the run may not go on. */
  writeCursor: (position: PublishPosition) => Promise<void>;
  confirmed: (rows: number, position: PublishPosition, seconds: number) => void;
  /** Told of each step that fails what keeps it from going on, and undefined when it was done. */
  waits: Waits;
  pageSize: number;
  /** Milliseconds without progress after which the run gives up. */
  outageLimit: number;
  /** Ends the run after the page in hand. */
  stop: AbortSignal;
  /** Ends the run at once, with the signal's reason. */
  abort: AbortSignal;
  logger: Logger;
}

/**
 * Milliseconds that a run waits at its end for short transactions (an ANALYZE, the commits of an import) to release rows
 * that were there when it began. Those that are held back for longer are left to the next run, and `held_back` says so.
 */
const HELD_BACK_PATIENCE = 3_000;
const HELD_BACK_PAUSE = 50;
const BACKOFF = { shortest: 200, longest: 5_000 };

/**
 * Publishes page after page in the order of publication. A page counts only when the broker has confirmed all of it:
 * first the position in Postgres moves, then the cursor in Redis, so the cursor is never ahead of what is confirmed, and
 * a crash in between publishes a page again instead of skipping it. The next page is read while this one is confirmed.
 * Each step is tried again, with back-off, while its server is away; a page whose confirms were lost is published again.
 * Resolves with how the run ended; rejects with a `RunOutageError`, the abort's reason, or the error of a step that
 * another try cannot cure.
 */
export async function publishRun(options: PublishRunOptions): Promise<'finished' | 'stopped'> {
  const { pool, stamp, pageSize, stop, abort, logger } = options;
  const either = follow(stop, abort);
  let session = options.firstSession as BrokerSession | undefined;
  let lastProgress = Date.now();

  async function keepTrying<T>(step: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      abort.throwIfAborted();
      try {
        const done = await unlessAborted(step(), abort);
        options.waits(step, undefined);
        return done;
      } catch (error) {
        if (abort.aborted || !isOutage(error)) throw error;
        if (stop.aborted) throw new RunOutageError(`stopped during an outage: ${error.message}`, { cause: error });
        const waited = Date.now() - lastProgress;
        if (waited >= options.outageLimit) {
          throw new RunOutageError(
            `no progress for ${Math.round(waited / 1_000)} s: ${error.message}. The next run goes on from the cursor`,
            { cause: error },
          );
        }
        options.waits(step, error.message);
        logger.warn({ code: error.code, failures }, `the run waits: ${error.message}`);
        await pause(backoffDelay(failures, BACKOFF), either.signal);
      }
    }
  }

  async function publishPage(page: PublishableOrder[]): Promise<void> {
    const current = session ?? (await options.openSession());
    if (abort.aborted) {
      // Nobody waits for this page any more, and nobody else would close what was opened for it.
      void current.close();
      abort.throwIfAborted();
    }
    session = current;
    try {
      await current.publishAll(
        page.map((row) => toPublication(row, stamp)),
        options.outageLimit,
      );
    } catch (error) {
      session = undefined;
      void current.close();
      throw error;
    }
  }

  const read = (after: PublishPosition) => keepTrying(() => readPublishableOrders(pool, after, pageSize));

  let released = false;
  /** Where there is nothing more: waits, once, until what was there when the run began is released, and reads on. */
  async function readReleased(after: PublishPosition, horizon: string): Promise<PublishableOrder[]> {
    // Rows that come later are the next run's; a run that waited for them would not end while rows keep coming.
    if (released) return [];
    released = true;
    const giveUpAt = Date.now() + HELD_BACK_PATIENCE;
    while (Date.now() < giveUpAt && !stop.aborted && (await keepTrying(() => isHeldBackBefore(pool, horizon)))) {
      await pause(HELD_BACK_PAUSE, either.signal);
    }
    return read(after);
  }

  try {
    const horizon = await keepTrying(() => readCommitHorizon(pool));
    let page = await read(options.from);
    if (page.length === 0) page = await readReleased(options.from, horizon);
    for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
      const position: PublishPosition = { xid: last.xid, id: last.id };
      const next = page.length < pageSize ? Promise.resolve([]) : read(position);
      // Its failure is looked at when it is its turn.
      next.catch(() => undefined);
      const rows = page;
      const startedAt = performance.now();
      await keepTrying(() => publishPage(rows));
      const seconds = (performance.now() - startedAt) / 1_000;
      await keepTrying(() => advancePublishPosition(pool, position));
      await keepTrying(() => options.writeCursor(position));
      lastProgress = Date.now();
      options.confirmed(rows.length, position, seconds);
      if (stop.aborted) return 'stopped';
      page = await next;
      if (page.length === 0) page = await readReleased(position, horizon);
    }
    return 'finished';
  } finally {
    either.release();
    void session?.close();
  }
}

type Outage = SourceUnavailableError | BrokerUnavailableError | RedisUnavailableError;

/** What a later try may cure. */
function isOutage(error: unknown): error is Outage {
  return (
    error instanceof SourceUnavailableError ||
    error instanceof BrokerUnavailableError ||
    error instanceof RedisUnavailableError
  );
}
