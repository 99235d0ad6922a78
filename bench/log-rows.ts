import { countLogRows } from './books.ts';
import { expectFigures, ScenarioError } from './measurement.ts';
import type { System } from './system.ts';

/**
 * The log must hold every attempt that it took. Where a run of so many seconds was to outlast the log's TTL (ms), the first
 * ones must have expired by now, and the note says how many. Throws a `ScenarioError`.
 */
export async function checkLogRows(
  system: System,
  { recorded, seconds, outlasts }: { recorded: number; seconds: number; outlasts: number | undefined },
): Promise<{ note?: string }> {
  const logRows = await countLogRows(system);
  if (outlasts === undefined) {
    expectFigures({ 'rows of the attempt log': recorded }, { 'rows of the attempt log': logRows });
    return {};
  }
  const ttl = outlasts / 1_000;
  if (seconds <= ttl || logRows >= recorded) {
    throw new ScenarioError(
      `after ${seconds.toFixed(1)} s with a TTL of ${ttl} s the log held ${logRows} of ${recorded} ` +
        'records: the run did not outlast the TTL, so run it again.',
    );
  }
  return { note: `TTL ${ttl} s: ${recorded - logRows} records expired meanwhile` };
}
