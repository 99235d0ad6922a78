import { runCheck } from './checker/program.ts';
import type { Running } from './running.ts';

/** What the checker says that the results take up. */
interface Finding {
  balanced: boolean;
  attempts: Record<string, number>;
  copies: number;
  deviations: Record<string, { count: number; first: { about: string; detail: string }[] }>;
}

/**
 * Lets the checker judge a system on which all is said to be settled, by its program. Resolves with what it found; rejects
 * when it could not look.
 */
export async function askChecker(running: Running, options: { losesTheBroker: boolean }): Promise<Finding> {
  const { urls, systemName, servers } = running;
  const said: string[] = [];
  const code = await runCheck(
    [
      ...urls.sources.flatMap((url, index) => ['--source', `${systemName(index)}=${url}`]),
      ...['--endput', urls.endput, '--attempt-log', urls.attemptLog, '--attempt-log-ttl', '24h'],
      ...['--rabbitmq', urls.rabbitmq, '--management', servers.rabbitmq.managementUrl],
      ...(options.losesTheBroker ? ['--dlq', 'none'] : []),
      ...['--settled', '--json', '--show', '10'],
    ],
    { LOCAL_DIR: '/nowhere' },
    { say: (text) => said.push(text), complain: (text) => said.push(text) },
  );
  if (code === 2) throw new Error(said.join('\n'));
  return JSON.parse(said.join('\n')) as Finding;
}
