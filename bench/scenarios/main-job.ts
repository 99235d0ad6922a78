import { readBooks } from '../books.ts';
import { readCounts, untilAllSettled, type ConsumerCounts } from '../consumer-progress.ts';
import { cpuBetween, peakMegabytes } from '../cpu.ts';
import { checkLogRows } from '../log-rows.ts';
import { expectFigures, type Measurement } from '../measurement.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { divideAmongSources, startLoadedSources, startRuns, untilRunsEnded } from '../sources.ts';
import { perSecond } from '../statistics.ts';
import { tenthsOf } from '../tenths.ts';
import { openSystem, type System } from '../system.ts';

/** How a run of the whole system is made up. */
export interface Job {
  orders: number;
  /** Of all orders, those that succeed at last. */
  positiveShare: number;
  /** flowing: sources and consumer at once. backlog: the consumer starts when all is published. */
  arrival: 'flowing' | 'backlog';
  env: Record<string, string>;
  /** 1 unless it says otherwise. */
  consumers?: number;
  /** Milliseconds that the handler of an order takes; the usual one takes none. */
  handlerTakes?: number;
  profile: string | undefined;
  /** Milliseconds; given where records are to expire while it runs. */
  outlasts?: number;
}

/** The main job, all orders succeed at once: everything runs at the same time. */
export const flow = (name: string, orders: number, rounds: number): Scenario => ({
  name,
  what: 'rows to stored, everything at once',
  rounds,
  run: (context) => runJob(context, { ...allSucceed(orders), arrival: 'flowing', profile: context.options.profile }),
});

/** The main job, all orders succeed at once: the consumer starts when all is published. */
export const backlog = (name: string, orders: number, rounds: number): Scenario => ({
  name,
  what: 'all published, then the consumer starts',
  rounds,
  run: (context) => runJob(context, { ...allSucceed(orders), arrival: 'backlog', profile: context.options.profile }),
});

/** As backlog, with a handler that takes a while, as one that asks another service does. */
export const slowHandler = (milliseconds: number, consumers: number, orders: number, rounds: number): Scenario => ({
  name: `handler_${milliseconds}ms_${consumers}`,
  what: `as backlog, a handler of ${milliseconds} ms, ${consumers === 1 ? 'one consumer' : `${consumers} consumers`}`,
  rounds,
  run: (context) =>
    runJob(context, {
      ...allSucceed(orders),
      arrival: 'backlog',
      consumers,
      handlerTakes: milliseconds,
      profile: context.options.profile,
    }),
});

const allSucceed = (orders: number) => ({ orders, positiveShare: 1, env: { SIMULATED_FAILURES: 'off' } });

/** Runs a whole system over its rows, checks every number, and resolves with what was measured. */
export async function runJob(context: ScenarioContext, job: Job): Promise<Omit<Measurement, 'scenario' | 'round'>> {
  const system = await openSystem(context.services, job);
  try {
    return await measure(context.title, system, job);
  } finally {
    await system.close();
  }
}

async function measure(title: string, system: System, job: Job): Promise<Omit<Measurement, 'scenario' | 'round'>> {
  const { orders } = job;
  const watch = system.checkAlive;
  const rows = divideAmongSources(orders, job.positiveShare);
  const sources = await startLoadedSources(system, rows);
  let publishedPerSecond: number | undefined;
  if (job.arrival === 'backlog') {
    const startedAt = performance.now();
    await startRuns(sources);
    await untilRunsEnded(sources, orders, watch);
    publishedPerSecond = perSecond(orders, performance.now() - startedAt);
  }
  await system.settleDown();

  const names = Array.from({ length: job.consumers ?? 1 }, (_, index) =>
    index === 0 ? 'consumer' : `consumer_${index + 1}`,
  );
  const consumers = await Promise.all(names.map((name) => system.startConsumer(name, job.handlerTakes)));
  // What it did before it could be asked does not count, nor does the time that it took to start.
  if (job.arrival === 'flowing') await system.settleDown();
  const cpuBefore = await system.readCpu();
  const before: ConsumerCounts = await readCounts(consumers);
  if (job.arrival === 'flowing') await startRuns(sources);
  const { settled, logged, way } = await untilAllSettled(consumers, orders, {
    title,
    watch,
    lastLines: system.lastLines,
  });
  const tenths = tenthsOf(way, orders);
  const cpuAfter = await system.readCpu();
  const peaks = await Promise.all(consumers.map(({ pid }) => peakMegabytes(pid)));
  const known = peaks.filter((peak) => peak !== undefined);
  const consumerPeakMegabytes = known.length > 0 ? Math.max(...known) : undefined;
  await untilRunsEnded(sources, orders, watch);

  const dead = rows[0].negative_inserts + rows[1].negative_inserts;
  const books = await readBooks(system);
  expectFigures({ stored: orders - dead, dead, waiting: 0, attempts: logged.attempts }, books);
  expectFigures({ succeeded: orders - dead, dead, recorded: books.attempts, refused: 0 }, { ...logged });
  if (dead === 0) expectFigures({ attempts: orders }, { ...logged });

  const done = (counts: ConsumerCounts) => counts.succeeded + counts.dead;
  return {
    orders,
    attempts: logged.attempts,
    ordersPerSecond: perSecond(done(settled) - done(before), settled.at - before.at),
    attemptsPerSecond: perSecond(logged.recorded - before.recorded, logged.at - before.at),
    ...(publishedPerSecond !== undefined && { publishedPerSecond }),
    ...(consumerPeakMegabytes !== undefined && { consumerPeakMegabytes }),
    ...(tenths && { tenths }),
    seconds: (logged.at - before.at) / 1_000,
    ...cpuBetween(cpuBefore, cpuAfter, done(settled) - done(before)),
    ...(await checkLogRows(system, {
      recorded: logged.recorded,
      seconds: (logged.at - before.at) / 1_000,
      outlasts: job.outlasts,
    })),
  };
}
