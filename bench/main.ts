/**
 * `make bench`: how fast it is, measured on this machine with servers of its own, which it starts and ends. See
 * `options.ts` for its arguments, `plan.ts` for what it measures.
 */
import { resolve } from 'node:path';
import { describeSurroundings } from './machine.ts';
import { parseOptions, USAGE, UsageError, type BenchOptions } from './options.ts';
import { planOf } from './plan.ts';
import { renderReport } from './report.ts';
import { writeResult } from './result-files.ts';
import { summarise } from './result.ts';
import { inRunFolder } from './run-folder.ts';
import { runScenarios } from './run-scenarios.ts';
import { say } from './say.ts';
import { startServices } from './services.ts';

const stop = new AbortController();
const stopped = new Promise<'stopped'>((resolve) => stop.signal.addEventListener('abort', () => resolve('stopped')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Asked twice: what runs ends with this process.
    if (stop.signal.aborted) process.exit(130);
    say('stopping');
    stop.abort();
  });
}

let exitCode = 1;
try {
  const options = parseOptions(process.argv.slice(2));
  const outcome = await inRunFolder((folder) => Promise.race([run(options, folder), stopped]));
  exitCode = outcome === 'stopped' ? 130 : outcome;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
}
// A scenario that was cut off still waits for something that will not come.
process.exit(exitCode);

/** Measures, prints and writes. Resolves with the exit code: 1 where any scenario failed. */
async function run(options: BenchOptions, folder: string): Promise<number> {
  const surroundings = await describeSurroundings();
  if (surroundings.loadBefore > 1) {
    say(`Something else is running here (load ${surroundings.loadBefore}): the figures will be too low.`);
  }
  say('starting RabbitMQ, Redis and four PostgreSQL servers');
  const services = await startServices(folder);
  const profile = options.profile === undefined ? undefined : resolve(options.profile);
  const plan = planOf(options, services.broker);
  const found = await runScenarios(plan, services, { ...options, profile }, stop.signal);
  const result = {
    kind: options.kind,
    size: options.size,
    surroundings: { ...surroundings, rabbitmq: services.broker.version, postgres: services.postgresVersion },
    scenarios: summarise(plan, found.rounds),
    ...found,
  };
  say(`\n${renderReport(result)}\n`);
  if (result.scenarios.length === 0) return 1;
  const files = await writeResult(result, {
    isStandard: options.isStandard,
    isOtherBroker: Boolean(process.env.BENCH_RABBITMQ_DIR),
  });
  say(`written: ${files.join(', ')}`);
  return result.failures.length === 0 ? 0 : 1;
}
