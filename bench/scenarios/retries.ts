import { whyNeverNative } from '../../rabbitmq/native-transport.ts';
import { untilAllSettled } from '../consumer-progress.ts';
import { expectFigures, ScenarioError, type Measurement } from '../measurement.ts';
import { POSITIVE_SHARE } from '../load/made-up-publications.ts';
import { cpuBetween, peakMegabytes } from '../cpu.ts';
import { readBooks } from '../books.ts';
import { readLateness } from '../lateness.ts';
import { checkLogRows } from '../log-rows.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import type { BrokerFacts } from '../services.ts';
import { inWords } from '../say.ts';
import { perSecond } from '../statistics.ts';
import { tenthsOf, whyNotSteady } from '../tenths.ts';
import { openSystem, type System } from '../system.ts';
import { until } from '../node-process.ts';
import { runJob } from './main-job.ts';

const RETRY_DELAYS = '1s';
/** Orders a second of a steady load for long. */
const SOAK_RATE = 500;
/** How many TTLs of the attempt log such a load lasts. */
const SOAK_TTLS = 4;
/** Seconds; in less a process has hardly warmed up. */
const LEAST_SOAK = 300;

/** The values of RETRY_TRANSPORT that a broker can serve. */
export const transportsOf = (broker: BrokerFacts): string[] => [
  'ttl',
  ...(broker.offersDelayedExchange ? ['plugin'] : []),
  ...(whyNeverNative(broker.version, []) === undefined ? ['native'] : []),
];

/** Orders of which most fail some attempts and 3 of 10 all of them, with a short delay between attempts. */
export const mixed = (transport: string, orders: number): Scenario => ({
  name: `mixed_${transport}`,
  what: `failures and retries after ${RETRY_DELAYS}, transport ${transport}`,
  rounds: 1,
  run: (context) =>
    runJob(context, {
      orders,
      positiveShare: POSITIVE_SHARE,
      arrival: 'flowing',
      env: { SIMULATED_FAILURES: 'on', RETRY_DELAYS, RETRY_TRANSPORT: transport },
      profile: context.options.profile,
    }),
});

/**
 * How late retries come while `rate` orders a second arrive steadily: what a user of the system waits for besides the delay
 * itself.
 */
export const lateness = (transport: string, rate: number, seconds: number): Scenario => ({
  name: `lateness_${transport}_${rate}`,
  what: `${inWords(rate)} orders/s with failures, transport ${transport}`,
  rounds: 1,
  run: (context) => runSteadily(context, { transport, rate, seconds }),
});

/**
 * Orders at a steady rate, with failures, for as long as a shift: what leaks or slows down shows in its tenths. It outlasts
 * the log's TTL several times, as a shift does, so that its lateness is that of the last TTL.
 */
export const soak = (transport: string, seconds: number): Scenario => ({
  name: `soak_${transport}`,
  what: `${SOAK_RATE} orders/s with failures for ${inWords(seconds)} s, transport ${transport}`,
  rounds: 1,
  run: (context) =>
    runSteadily(context, { transport, rate: SOAK_RATE, seconds, outlasts: (seconds * 1_000) / SOAK_TTLS }),
});

interface SteadyLoad {
  transport: string;
  /** Orders a second. */
  rate: number;
  seconds: number;
  /** TTL of the attempt log in milliseconds; without it nothing expires meanwhile. */
  outlasts?: number;
}

async function runSteadily({ services, title }: ScenarioContext, load: SteadyLoad) {
  const { transport, outlasts } = load;
  const ttl = outlasts === undefined ? '1h' : `${outlasts}ms`;
  const system = await openSystem(services, {
    env: { RETRY_DELAYS, RETRY_TRANSPORT: transport, ATTEMPT_LOG_TTL: ttl },
  });
  try {
    return await measureLateness(title, system, load);
  } finally {
    await system.close();
  }
}

async function measureLateness(
  title: string,
  system: System,
  { rate, seconds: planned, outlasts }: SteadyLoad,
): Promise<Omit<Measurement, 'scenario' | 'round'>> {
  const orders = rate * planned;
  const consumer = await system.startConsumer('consumer');
  await system.settleDown();
  const cpuBefore = await system.readCpu();
  const startedAt = performance.now();
  const [fedIn, { settled, logged, way }] = await Promise.all([
    feed(system, rate, orders),
    untilAllSettled([consumer], orders, { title, watch: system.checkAlive, lastLines: system.lastLines }),
  ]);
  const tenths = tenthsOf(way, orders);
  const cpuAfter = await system.readCpu();

  const books = await readBooks(system);
  expectFigures(
    { waiting: 0, attempts: logged.attempts, settled: orders },
    { ...books, settled: books.stored + books.dead },
  );
  expectFigures({ recorded: books.attempts, refused: 0 }, { ...logged });
  if (outlasts !== undefined && planned >= LEAST_SOAK) {
    const why = whyNotSteady(tenths ?? []);
    if (why !== undefined) throw new ScenarioError(`it was not borne steadily: ${why}`);
  }
  const found = await readLateness(system.urls.attemptLog);
  if (outlasts === undefined) expectFigures({ retries: books.attempts - orders }, { retries: found.retries });
  const seconds = (settled.at - startedAt) / 1_000;
  const consumerPeakMegabytes = await peakMegabytes(consumer.pid);
  return {
    orders,
    attempts: logged.attempts,
    ordersPerSecond: perSecond(orders, fedIn),
    lateness: found,
    ...(tenths && { tenths }),
    ...(consumerPeakMegabytes !== undefined && { consumerPeakMegabytes }),
    seconds,
    ...(await checkLogRows(system, { recorded: logged.recorded, seconds, outlasts })),
    ...cpuBetween(cpuBefore, cpuAfter, orders),
  };
}

/** Feeds orders at a steady rate from a process of its own; resolves with the milliseconds that it took. */
async function feed(system: System, rate: number, orders: number): Promise<number> {
  let milliseconds: number | undefined;
  await system.startLoad({
    name: 'steady_feeder',
    main: 'bench/load/steady-feeder.ts',
    args: [system.urls.rabbitmq, String(rate), String(orders)],
    onLine: (line) => {
      if (line.startsWith('published ')) milliseconds = Number(line.split(' ')[2]);
    },
  });
  await until(() => milliseconds !== undefined, 20, system.checkAlive);
  if (milliseconds === undefined || perSecond(orders, milliseconds) < rate * 0.95) {
    throw new ScenarioError(
      `the feeder needed ${milliseconds ?? '?'} ms for ${orders} orders: this machine is too busy`,
    );
  }
  return milliseconds;
}
