import { randomUUID } from 'node:crypto';
import { forgetRemovedOrders, readPublishPosition } from '../../db/source/publish-position.ts';
import type { PublishPosition } from '../../db/source/publishable-orders.ts';
import { verifySourceIdentity } from '../../db/source/source-identity.ts';
import type { Pool } from '../../db/pool.ts';
import { pause } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { BrokerSession } from './broker-session.ts';
import { startingPosition, type CursorDocument } from './cursor.ts';
import type { OrderStamp } from './order-publication.ts';
import { publishRun } from './publish-run.ts';
import { RunInProgressError, RunReleasedError, waitsOf, type Run, type Waits } from './run.ts';
import { LeaseLostError, RedisUnavailableError, type HeldLease, type RunLease } from './run-lease.ts';
import type { SourceMetrics } from './source-metrics.ts';

/** Milliseconds that a run which was told to end at once may take for its last words to Redis. */
const LAST_WORDS = 3_000;

/**
 * The runs of one source: started, watched, stopped. The states of a run: `running` until it is `finished` (no row is
 * left that may be published), `stopped` (by a stop of the process or by `unblock`), or `failed` (with the reason). The
 * cursor stays in every case, so the next run goes on.
 */
export function createRuns(options: {
  system: string;
  pool: Pool;
  lease: RunLease;
  leaseMilliseconds: number;
  openSession: (onBlocked: (reason: string | undefined) => void) => Promise<BrokerSession>;
  simulation: OrderStamp['simulation'];
  pageSize: number;
  outageLimit: number;
  metrics: SourceMetrics;
  logger: Logger;
}) {
  const { system, pool, lease, logger, metrics } = options;
  const stopping = new AbortController();
  let latest: { run: Run; abort: AbortController; done: Promise<void> } | undefined;
  let starting = false;

  /**
   * Starts a run and resolves when it is under way. Rejects with a `RunInProgressError`, or with the error of the server
   * that is away; then no run was started.
   */
  async function start(): Promise<{ run: Run; done: Promise<void> }> {
    if (starting || latest?.run.state === 'running' || stopping.signal.aborted) throw inProgress();
    starting = true;
    try {
      const held = await lease.acquire();
      if (held === undefined) throw inProgress();
      const abort = new AbortController();
      const stopRenewing = keepRenewing(held, abort);
      try {
        const run: Run = {
          run_id: randomUUID(),
          state: 'running',
          started_at: new Date().toISOString(),
          ended_at: null,
          published: 0,
          rate: 0,
          reason: null,
          waits_for: null,
        };
        const waits = waitsOf(run);
        const begun = await begin(held, run, waits);
        const done = carryOut({ ...begun, run, waits, held, abort }).finally(stopRenewing);
        latest = { run, abort, done };
        return { run, done };
      } catch (error) {
        stopRenewing();
        await held.release().catch(() => undefined);
        throw error;
      }
    } finally {
      starting = false;
    }
  }

  const inProgress = () =>
    new RunInProgressError(
      stopping.signal.aborted
        ? 'This process is stopping and starts no run.'
        : `A run of ${system} is going on. GET /v0/process shows it; POST /v0/process/unblock releases one that is stuck. ` +
            `After a process was killed in a run, its lease ends by itself in at most ${options.leaseMilliseconds} ms.`,
    );

  function openSession(waits: Waits): Promise<BrokerSession> {
    const session = {};
    return options.openSession((reason) => waits(session, reason));
  }

  /** What a run needs to know before its first page. */
  async function begin(held: HeldLease, run: Run, waits: Waits) {
    const identity = await verifySourceIdentity(pool, () => lease.forgetForeign());
    if (identity.renumbered) logger.warn({ system }, 'the database came from another cluster: all is published again');
    await forgetRemovedOrders(pool);
    const confirmed = await readPublishPosition(pool);
    const { document: known } = await lease.read();
    const from = startingPosition(known, confirmed);
    const document: CursorDocument = {
      database_resource: identity.database_resource,
      schema_resource: identity.schema_resource,
      table_resource: identity.table_resource,
      start_date: run.started_at,
      last_id: from.id,
      last_xid: from.xid,
      status_process: 'running',
    };
    const firstSession = await openSession(waits);
    try {
      await held.write(document);
    } catch (error) {
      await firstSession.close();
      throw error;
    }
    return { identity, from, document, firstSession };
  }

  /** The whole of a run that was begun; never rejects. */
  async function carryOut(
    begun: Awaited<ReturnType<typeof begin>> & { run: Run; waits: Waits; held: HeldLease; abort: AbortController },
  ): Promise<void> {
    const { run, waits, held, document } = begun;
    const startedAt = performance.now();
    let state: Run['state'];
    logger.info({ system, run_id: run.run_id, last_id: begun.from.id, last_xid: begun.from.xid }, 'run started');
    try {
      state = await publishRun({
        pool,
        stamp: { system, identity: begun.identity, simulation: options.simulation },
        from: begun.from,
        openSession: () => openSession(waits),
        firstSession: begun.firstSession,
        writeCursor: (position: PublishPosition) =>
          held.write(Object.assign(document, { last_id: position.id, last_xid: position.xid })),
        confirmed: (rows, _position, seconds) => {
          run.published += rows;
          run.rate = rateOf(run.published, performance.now() - startedAt);
          metrics.published.inc(rows);
          metrics.pageConfirmSeconds.observe(seconds);
        },
        waits,
        pageSize: options.pageSize,
        outageLimit: options.outageLimit,
        stop: stopping.signal,
        abort: begun.abort.signal,
        logger: logger.child({ system, run_id: run.run_id }),
      });
      if (state === 'stopped') run.reason = 'the process was stopped';
    } catch (error) {
      state = error instanceof RunReleasedError || stopping.signal.aborted ? 'stopped' : 'failed';
      run.reason = error instanceof Error ? error.message : String(error);
      if (!(error instanceof Error) || !('code' in error)) logger.error({ err: error, system }, 'unexpected error');
    }
    run.rate = rateOf(run.published, performance.now() - startedAt);
    metrics.runs.inc({ result: state });
    // Best effort: without Redis the lease ends by itself, and the run is shown as interrupted until the next one.
    await held.write({ ...document, status_process: state }).catch(() => undefined);
    await held.release().catch(() => undefined);
    // Only now: whoever sees that the run has ended may start another.
    run.state = state;
    run.waits_for = null;
    run.ended_at = new Date().toISOString();
    const line = { system, run_id: run.run_id, published: run.published, rate: run.rate };
    if (state === 'failed') logger.error({ ...line, reason: run.reason }, 'run failed');
    else logger.info(line, `run ${state}`);
  }

  /** Renews the lease at a third of its time; a lease that is lost ends the run at once. */
  function keepRenewing(held: HeldLease, abort: AbortController): () => void {
    let busy = false;
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      held
        .renew()
        .catch((error: unknown) => {
          if (error instanceof LeaseLostError) abort.abort(error);
          else if (!(error instanceof RedisUnavailableError)) logger.error({ err: error }, 'renewing the lease failed');
        })
        .finally(() => (busy = false));
    }, options.leaseMilliseconds / 3);
    return () => clearInterval(timer);
  }

  return {
    start,
    /** The last run of this process, if it had one. */
    latest: (): Run | undefined => latest?.run,
    /**
     * Releases the lease, whoever has it, and ends the run of this process if it has one. Resolves with whether there
     * was anything to release. Rejects with a `RedisUnavailableError`.
     */
    async unblock(): Promise<boolean> {
      const running = latest?.run.state === 'running' ? latest : undefined;
      if (running !== undefined) {
        running.abort.abort(new RunReleasedError('released by POST /v0/process/unblock'));
        await Promise.race([running.done, pause(LAST_WORDS, new AbortController().signal)]);
      }
      return (await lease.unblock()) || running !== undefined;
    },
    /** Ends the run after the page in hand, or at once after `patience` milliseconds. Starts no other. Never rejects. */
    async stop(patience: number): Promise<void> {
      stopping.abort();
      if (latest === undefined) return;
      const ended = new AbortController();
      void latest.done.then(() => ended.abort());
      await pause(patience, ended.signal);
      if (!ended.signal.aborted) {
        latest.abort.abort(new Error('the process was stopped before the page in hand was confirmed'));
        await pause(LAST_WORDS, ended.signal);
      }
    },
  };
}
export type Runs = ReturnType<typeof createRuns>;

const rateOf = (published: number, milliseconds: number): number =>
  Math.round((published / Math.max(milliseconds, 1)) * 1_000);
