import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { freePort } from '../../local/services/free-port.ts';
import { DATA_FOLDER_VARIABLE } from '../../local/services/leftovers.ts';
import { startProcess } from '../../local/services/service-process.ts';
import { nodeProgram } from '../../local/services/node-program.ts';
import './end-with-worker.ts';
import { eventually } from './eventually.ts';
import { OPERATOR, SIGNING_SECRET, tellsSecret } from './secret.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Starts one of our processes as users do, on a free port, and waits until it is ready unless told not to. */
async function startOurs(name: string, main: string, portName: string, env: Record<string, string>, waits: boolean) {
  // Where its clock is to be stepped, see `shifted-clock.js`.
  const clock = env.CLOCK_SHIFT_FILE === undefined ? [] : ['--import', './test/harness/shifted-clock.js'];
  // One that is to come back where it was is told its port.
  const port = env[portName] === undefined ? await freePort() : Number(env[portName]);
  const lines: string[] = [];
  const tellTales: string[] = [];
  const child = startProcess({
    name,
    file: process.execPath,
    args: [...clock, ...(await nodeProgram(main))],
    cwd: ROOT,
    env: {
      ...process.env,
      [DATA_FOLDER_VARIABLE]: inject('services').folder,
      NODE_ENV: '',
      LOG_FORMAT: 'json',
      [portName]: String(port),
      ...env,
    },
    onLine: (line) => {
      lines.push(line);
      if (tellsSecret(line)) tellTales.push(line);
      if (lines.length > 5_000) lines.shift();
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const ready = () =>
    eventually(async () => {
      if (child.hasExited()) return;
      const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
      if (!answer.ok) throw new Error(`${name} is not ready: ${await answer.text()}`);
    }, 60_000).then(
      () => {
        if (child.hasExited()) throw new Error(`${name} ended:\n${child.lastLines()}`);
      },
      (error: unknown) => {
        throw new Error(`${name} is not ready:\n${child.lastLines()}`, { cause: error });
      },
    );
  try {
    if (waits) await ready();
  } catch (error) {
    await child.kill();
    throw error;
  }
  return {
    ...child,
    url,
    port,
    ready,
    logLines: () => lines,
    /** Throws where one of its lines told a password: whatever a test is about, none may. */
    stop: async (signal?: NodeJS.Signals, deadline?: number) => {
      await child.stop(signal, deadline);
      if (tellTales.length > 0) throw new Error(`${name} logged a password:\n${tellTales.join('\n')}`);
    },
  };
}
export type OurProcess = Awaited<ReturnType<typeof startOurs>>;

/** Starts a consumer with these settings, or another program that is one. */
export const startConsumer = (
  env: Record<string, string>,
  waits = true,
  main = 'consumer/main.ts',
): Promise<OurProcess> => startOurs('consumer', main, 'CONSUMER_HTTP_PORT', env, waits);

/** Starts a source API with these settings. */
export const startSource = (env: Record<string, string>, waits = true): Promise<OurProcess> =>
  startOurs(env.SYSTEM ?? 'source', 'apis/source-system/main.ts', 'HTTP_PORT', env, waits);

/** Starts a storefront with these settings. Its operator is `OPERATOR`, unless the test wants to have one generated. */
export const startStorefront = (env: Record<string, string>, waits = true): Promise<OurProcess> => {
  const desk = {
    DESK_SECRETS_FOLDER: join(inject('services').folder, 'desk'),
    DESK_SIGNING_SECRET: SIGNING_SECRET,
    DESK_OPERATOR_NAME: OPERATOR.name,
    DESK_OPERATOR_PASSWORD: OPERATOR.password,
    DESK_LOGINS_PER_MINUTE: '1000',
  };
  return startOurs('storefront', 'apis/storefront/main.ts', 'STOREFRONT_HTTP_PORT', { ...desk, ...env }, waits);
};

/** Starts a consumer whose handler does what a product asks for, see `treacherous-consumer.ts`. */
export const startTreacherousConsumer = (env: Record<string, string>, waits = true): Promise<OurProcess> =>
  startOurs('consumer', 'test/harness/treacherous-consumer.ts', 'CONSUMER_HTTP_PORT', env, waits);
