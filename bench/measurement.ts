import type { Tenth } from './tenths.ts';

/** What one round of one scenario gave. What does not apply, or could not be measured, is missing. */
export interface Measurement {
  scenario: string;
  round: number;
  /** In ceiling: messages. */
  orders: number;
  /** Orders settled in endput a second (in ceiling: messages consumed a second). */
  ordersPerSecond: number;
  attempts?: number;
  /** Attempts that the attempt log took a second, from the start until it held the last one. */
  attemptsPerSecond?: number;
  /** Messages that both sources published a second, where that was measured by itself. */
  publishedPerSecond?: number;
  /** How late retries were taken up, in milliseconds after their due time. */
  lateness?: { p50: number; p99: number; highest: number; retries: number };
  /** Of a run that was long enough. */
  tenths?: Tenth[];
  /** CPU of a process and all that it started, in microseconds an order. */
  cpu?: Record<string, number>;
  /** Highest resident memory of a consumer, in MB (10^6 bytes). */
  consumerPeakMegabytes?: number;
  /** Share of the machine's CPU that others had meanwhile, 0 to 1: the larger, the less the figures say. */
  foreignCpu?: number;
  /** From the start to the last thing measured. */
  seconds: number;
  note?: string;
}

/** A scenario ended with other numbers than it must, or did not end. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Throws a `ScenarioError` that names everything in which found and expected differ. */
export function expectFigures(expected: Record<string, number>, found: Record<string, number>): void {
  const wrong = Object.entries(expected).filter(([name, value]) => found[name] !== value);
  if (wrong.length === 0) return;
  const list = wrong.map(([name, value]) => `${name}: ${found[name] ?? 'missing'} instead of ${value}`).join(', ');
  throw new ScenarioError(`the numbers are wrong: ${list}`);
}
