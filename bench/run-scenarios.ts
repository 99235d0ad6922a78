import type { BenchResult } from './result.ts';
import { renderCounts } from './report.ts';
import type { BenchOptions } from './options.ts';
import { say } from './say.ts';
import type { Scenario } from './scenario.ts';
import { scheduleOf } from './schedule.ts';
import type { Services } from './services.ts';

/**
 * Runs a plan in the order of `schedule.ts`. A scenario that fails is said and noted, and the others go on; `stop` ends the
 * run after the one in hand.
 */
export async function runScenarios(
  plan: readonly Scenario[],
  services: Services,
  options: BenchOptions,
  stop: AbortSignal,
): Promise<Pick<BenchResult, 'rounds' | 'failures'>> {
  const result: Pick<BenchResult, 'rounds' | 'failures'> = { rounds: [], failures: [] };
  const isStopped = () => stop.aborted;
  for (const { scenario, round, of } of scheduleOf(plan)) {
    if (isStopped()) return result;
    const title = of === 1 ? scenario.name : `${scenario.name} ${round}/${of}`;
    say(`${title}: ${scenario.what}`);
    try {
      const found = await scenario.run({ services, options, title, earlier: result.rounds });
      const measurement = { scenario: scenario.name, round, ...found };
      result.rounds.push(measurement);
      say(`  ${renderCounts(measurement)}`);
    } catch (error) {
      if (isStopped()) return result;
      const message = error instanceof Error ? error.message : String(error);
      result.failures.push({ scenario: scenario.name, round, message });
      say(`  FAILED: ${message}`);
      // A server that has ended takes all other scenarios with it.
      if (services.all.some((server) => server.hasExited())) return result;
    }
  }
  return result;
}
