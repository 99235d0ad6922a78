import { UsageError, type BenchOptions } from './options.ts';
import type { Scenario } from './scenario.ts';
import { ceiling } from './scenarios/ceiling.ts';
import { expiry } from './scenarios/expiry.ts';
import { backlog, flow, slowHandler } from './scenarios/main-job.ts';
import { lateness, mixed, soak, transportsOf } from './scenarios/retries.ts';
import type { BrokerFacts } from './services.ts';

const SERIES = [10_000, 100_000, 1_000_000];
/** The bare loop needs some seconds, or it would measure how Node warms up. */
const LEAST_CEILING = 50_000;
/** Messages in `primary_queue` when the consumer starts. */
const LONG_QUEUE = 500_000;
/** Orders a second at which lateness is measured. */
const STEADY_RATES = [500, 1_000];
const SOAK_SECONDS = 20 * 60;
/** Orders for a handler that takes a while, rounds of one and of two consumers in turn. */
const SLOW = { milliseconds: 5, orders: 50_000, rounds: 3 };

/** The scenarios of a run, in order. Throws a `UsageError` where `--only` leaves none. */
export function planOf(options: BenchOptions, broker: BrokerFacts): Scenario[] {
  const all = allOf(options, transportsOf(broker));
  const { only } = options;
  const plan = only === undefined ? all : all.filter(({ name }) => name.startsWith(only));
  if (plan.length > 0) return plan;
  throw new UsageError(`no scenario is called ${only ?? ''}; there are ${all.map(({ name }) => name).join(', ')}`);
}

function allOf(options: BenchOptions, transports: readonly string[]): Scenario[] {
  switch (options.kind) {
    case 'scale':
      return scaleOf(options);
    case 'soak':
      return soaks(transports, SOAK_SECONDS);
    case 'quick':
    case 'full':
      return comparisonOf(options, transports);
  }
}

/** With the transport that `auto` would take. */
const soaks = (transports: readonly string[], seconds: number): Scenario[] =>
  transports.slice(-1).map((transport) => soak(transport, seconds));

function comparisonOf({ size, rounds, kind }: BenchOptions, transports: readonly string[]): Scenario[] {
  const isQuick = kind === 'quick';
  return [
    ceiling(Math.max(size, LEAST_CEILING), Math.max(rounds, 3)),
    backlog('backlog', size, rounds),
    flow('flow', size, rounds),
    ...transports.map((transport) => mixed(transport, Math.ceil(size / 2))),
    ...transports.flatMap((transport) => STEADY_RATES.map((rate) => lateness(transport, rate, isQuick ? 5 : 20))),
    expiry(isQuick ? 3 : 20),
    ...(isQuick ? soaks(transports, 16) : []),
  ];
}

const scaleOf = ({ rounds }: BenchOptions): Scenario[] => [
  ceiling(100_000, Math.max(rounds, 3)),
  ...SERIES.map((orders) => flow(`flow_${orders}`, orders, rounds)),
  backlog(`backlog_${LONG_QUEUE}`, LONG_QUEUE, rounds),
  ...[1, 2].map((consumers) => slowHandler(SLOW.milliseconds, consumers, SLOW.orders, SLOW.rounds)),
];
