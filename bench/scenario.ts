import type { BenchOptions } from './options.ts';
import type { Measurement } from './measurement.ts';
import type { Services } from './services.ts';

/** What a scenario gets to run. */
export interface ScenarioContext {
  services: Services;
  options: BenchOptions;
  /** Such as `flow 2/3`, for lines of progress. */
  title: string;
  /** What was measured before in this run. */
  earlier: readonly Measurement[];
}

/** One thing to measure. It rejects when its own numbers are not what they must be. */
export interface Scenario {
  name: string;
  /** What it does, in a few words, for the table. */
  what: string;
  rounds: number;
  run: (context: ScenarioContext) => Promise<Omit<Measurement, 'scenario' | 'round'>>;
}
