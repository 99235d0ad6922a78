import type { Measurement } from '../measurement.ts';
import type { Scenario } from '../scenario.ts';
import { runJob } from './main-job.ts';

/** Orders a second that are reckoned with where `flow` was not measured before. */
const ASSUMED_RATE = 8_000;
/** How many TTLs the run is to last: from the second on, as much expires as is written. */
const TTLS = 2.5;

/** The flowing case once more, for longer than the attempt log keeps its records: deleting takes part in the figures. */
export const expiry = (ttlSeconds: number): Scenario => ({
  name: 'expiry',
  what: `as flow, for longer than the log's TTL of ${ttlSeconds} s`,
  rounds: 1,
  run: (context) =>
    runJob(context, {
      orders: roundUp(rateOf(context.earlier) * ttlSeconds * TTLS),
      positiveShare: 1,
      arrival: 'flowing',
      env: { SIMULATED_FAILURES: 'off', ATTEMPT_LOG_TTL: `${ttlSeconds}s` },
      profile: undefined,
      outlasts: ttlSeconds * 1_000,
    }),
});

const rateOf = (earlier: readonly Measurement[]) =>
  earlier.findLast(({ scenario }) => scenario === 'flow')?.ordersPerSecond ?? ASSUMED_RATE;

const roundUp = (orders: number) => Math.ceil(orders / 10_000) * 10_000;
