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
  scenarios: (Measurement & { what: string; /** Share of the ceiling: the median of its rounds. */ ratio?: number })[];
  /** Every round, in the order in which they ran. */
  rounds: Measurement[];
  failures: { scenario: string; round: number; message: string }[];
}

/**
 * Picks the median round of each scenario, and relates the main job to the ceiling: each round to what the ceiling was right
 * before and right after it, because a machine becomes faster and slower by the minute; of these shares the median counts.
 */
export function summarise(plan: readonly Scenario[], rounds: readonly Measurement[]): BenchResult['scenarios'] {
  return plan.flatMap(({ name, what }) => {
    const own = rounds.filter(({ scenario }) => scenario === name);
    const median = medianBy(own, ({ ordersPerSecond }) => ordersPerSecond);
    if (median === undefined) return [];
    const ratios = isMainJob(name) ? own.flatMap((round) => ratioOf(round, rounds)) : [];
    const ratio = medianBy(ratios, (value) => value);
    return [{ ...median, what, ...(ratio !== undefined && { ratio: round3(ratio) }) }];
  });
}

/** Its share of the ceiling beside it; none where that was not measured there, as when it failed. */
function ratioOf(round: Measurement, rounds: readonly Measurement[]): number[] {
  const at = rounds.indexOf(round);
  const beside = [rounds[at - 1], rounds[at + 1]].filter((one) => one?.scenario === 'ceiling');
  const ceilings = beside.flatMap((one) => one?.ordersPerSecond ?? []);
  if (ceilings.length === 0) return [];
  return [(round.ordersPerSecond * ceilings.length) / ceilings.reduce((sum, rate) => sum + rate, 0)];
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
export const isMainJob = (name: string): boolean => /^(flow|backlog|expiry)/.test(name);

const round3 = (value: number) => Math.round(value * 1_000) / 1_000;
