import { setTimeout as sleep } from 'node:timers/promises';
import { findApisInDocker } from './docker/find-apis.ts';
import { ExplainedError } from './explained-error.ts';
import { findLauncher } from './launcher-lock.ts';
import { dataFolder } from '../runtime/data-folder.ts';
import { readRunning } from './running-file.ts';

const ORDERS = { positive_inserts: 140, negative_inserts: 60 };

/** How long a run may take to publish the sample, in milliseconds. */
const PATIENCE = 60_000;

/** `make sample`: inserts orders through both APIs, publishes them, and shows what the APIs say. False: nothing runs. */
export async function loadSample(env: NodeJS.ProcessEnv): Promise<boolean> {
  const folder = dataFolder(env);
  const isLaunched = (await findLauncher(folder)) !== undefined;
  const running = isLaunched ? readRunning(folder) : undefined;
  const apis = isLaunched ? running?.apis : await findApisInDocker(env);
  if (!apis) return false;
  const { inserted, atLast } = prospects(running?.simulatesFailures);
  await Promise.all(
    apis.map(async ({ system, url }) => {
      await call('POST', `${url}/v0/insert-data`, ORDERS);
      console.log(`${system}: ${inserted}`);
      await call('POST', `${url}/v0/process/run`);
    }),
  );
  for (const { system, url } of apis) {
    const state = await untilRunEnded(url);
    console.log(`\n${system}: GET ${url}/v0/process\n${JSON.stringify(state, undefined, 2)}`);
  }
  console.log(`\nThe orders are published. ${atLast}`);
  return true;
}

/** What will become of the orders; of containers that run without a launcher it is not known whether failures are simulated. */
function prospects(simulatesFailures: boolean | undefined): { inserted: string; atLast: string } {
  const { positive_inserts: positive, negative_inserts: negative } = ORDERS;
  if (simulatesFailures === false)
    return {
      inserted: `${positive + negative} orders, of which none fails on purpose (SIMULATED_FAILURES=off)`,
      atLast: 'Each of them succeeds at its first attempt.',
    };
  const unless = simulatesFailures === undefined ? ' (with SIMULATED_FAILURES=off all of them will)' : '';
  return {
    inserted: `${positive} orders that will succeed and ${negative} that never do${unless}`,
    atLast: 'With a retry delay of 10 s the last of them is dead-lettered after about 40 s.',
  };
}

async function untilRunEnded(url: string): Promise<unknown> {
  const giveUpAt = Date.now() + PATIENCE;
  for (;;) {
    const state = (await call('GET', `${url}/v0/process`)) as { state?: unknown };
    if (state.state !== 'running' || Date.now() > giveUpAt) return state;
    await sleep(100);
  }
}

async function call(method: 'GET' | 'POST', url: string, body?: object): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new ExplainedError(`${method} ${url} was not answered: ${why instanceof Error ? why.message : String(why)}`);
  });
  const text = await answer.text();
  if (!answer.ok) throw new ExplainedError(`${method} ${url} was answered with ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
