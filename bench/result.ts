import type { Surroundings } from './machine.ts';
import type { Measurement } from './measurement.ts';
import type { BenchOptions } from './options.ts';
import type { Scenario } from './scenario.ts';
import { medianBy } from './statistics.ts';

/** Everything that one run of the benchmark gave: what is written as JSON. */
export interface BenchResult {
  kind: BenchOptions['kind'];
  size: number;
  surroundings: Surroundings & { rabbitmq: string; postgres: string };
  /** One a scenario: of several rounds, the one with the median of orders a second. */
  scenarios: (Measurement & { what: string; ratio?: number })[];
  /** Every round, in the order in which they ran. */
  rounds: Measurement[];
  failures: { scenario: string; round: number; message: string }[];
}

/**
 * Picks the median round of each scenario, and relates the main job to the ceiling: all rounds together of both, which
 * were measured in turn, because a machine becomes faster and slower by the minute.
 */
export function summarise(plan: readonly Scenario[], rounds: readonly Measurement[]): BenchResult['scenarios'] {
  const roundsOf = (name: string) => rounds.filter(({ scenario }) => scenario === name);
  const ceiling = rateOfAll(roundsOf('ceiling'));
  return plan.flatMap(({ name, what }) => {
    const median = medianBy(roundsOf(name), ({ ordersPerSecond }) => ordersPerSecond);
    if (median === undefined) return [];
    const isCompared = ceiling > 0 && isMainJob(name);
    return [{ ...median, what, ...(isCompared && { ratio: round3(rateOfAll(roundsOf(name)) / ceiling) }) }];
  });
}

/** Orders a second of rounds that follow one another; 0 where there are none. */
function rateOfAll(rounds: readonly Measurement[]): number {
  const orders = rounds.reduce((sum, round) => sum + round.orders, 0);
  const seconds = rounds.reduce((sum, round) => sum + round.orders / round.ordersPerSecond, 0);
  return seconds === 0 ? 0 : orders / seconds;
}

/** In the order of an order's way; what else was measured comes after. */
const ORDER = ['system_1', 'system_2', 'consumer', 'rabbitmq', 'db1', 'db2', 'endput', 'attempt_log', 'redis'];

/** Names of all processes whose CPU was measured. */
export function processesOf(measured: readonly Measurement[]): string[] {
  const names = new Set(measured.flatMap(({ cpu }) => Object.keys(cpu ?? {})));
  return [...ORDER.filter((name) => names.has(name)), ...[...names].filter((name) => !ORDER.includes(name))];
}

/** CPU of all processes together, in microseconds an order. */
export const cpuOfAll = (cpu: Record<string, number>): number =>
  Object.values(cpu).reduce((sum, used) => sum + used, 0);

/** Whether a scenario is the main job with orders that all succeed: only that can be compared with the bare loop. */
const isMainJob = (name: string): boolean => /^(flow|backlog|expiry)/.test(name);

const round3 = (value: number) => Math.round(value * 1_000) / 1_000;
