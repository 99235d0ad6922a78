import type { BenchResult } from './result.ts';
import { renderCounts } from './report.ts';
import type { BenchOptions } from './options.ts';
import { say } from './say.ts';
import type { Scenario } from './scenario.ts';
import type { Services } from './services.ts';

/**
 * Runs the rounds of all scenarios in turn, so that what is compared with each other lies close together in time: a
 * machine becomes faster and slower by the minute. A scenario that fails is said and noted, and the others go on;
 * `stop` ends the run after the one in hand.
 */
export async function runScenarios(
  plan: readonly Scenario[],
  services: Services,
  options: BenchOptions,
  stop: AbortSignal,
): Promise<Pick<BenchResult, 'rounds' | 'failures'>> {
  const result: Pick<BenchResult, 'rounds' | 'failures'> = { rounds: [], failures: [] };
  const isStopped = () => stop.aborted;
  const turns = Math.max(...plan.map(({ rounds }) => rounds));
  for (let round = 1; round <= turns; round += 1) {
    for (const scenario of plan) {
      if (scenario.rounds < round) continue;
      if (isStopped()) return result;
      const title = scenario.rounds === 1 ? scenario.name : `${scenario.name} ${round}/${scenario.rounds}`;
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
  }
  return result;
}
