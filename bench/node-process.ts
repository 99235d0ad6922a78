import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../local/services/free-port.ts';
import { DATA_FOLDER_VARIABLE } from '../local/services/leftovers.ts';
import { startProcess, untilReady, type ServiceProcess } from '../local/services/service-process.ts';
import { nodeProgram } from '../local/services/node-program.ts';
import * as settings from '../runtime/settings.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A Node process to start. */
export interface NodeProgram {
  name: string;
  /** Its TypeScript file, from the root. */
  main: string;
  args?: readonly string[];
  env?: Record<string, string>;
  /** Folder for a CPU profile, in a folder of its name. */
  profile?: string | undefined;
  onLine?: (line: string) => void;
}

/** Starts a program of this project as users do. It carries the run's folder, so that it cannot outlive the run. */
export async function startNode(folder: string, program: NodeProgram): Promise<ServiceProcess> {
  const { name, main, args = [], profile } = program;
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profile, name)}`];
  return startProcess({
    name,
    file: process.execPath,
    args: [...profiling, ...(await nodeProgram(main)), ...args],
    cwd: ROOT,
    env: { ...withoutSettings(process.env), [DATA_FOLDER_VARIABLE]: folder, LOG_FORMAT: 'json', ...program.env },
    ...(program.onLine && { onLine: program.onLine }),
  });
}

/** Starts one of our processes with an HTTP port, named by the variable `portName`, and waits until it is ready. */
export async function startOurs(folder: string, portName: string, program: NodeProgram) {
  const port = await freePort();
  const child = await startNode(folder, { ...program, env: { ...program.env, [portName]: String(port) } });
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return true;
  };
  await untilReady(child, isReady, 60_000);
  return { ...child, url };
}
export type OurProcess = Awaited<ReturnType<typeof startOurs>>;

/** What is set for a running system must not change what is measured. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.values(settings).flatMap((group) => Object.keys(group));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

/** Text of a process' `/metrics`. */
export async function readMetrics(our: OurProcess): Promise<string> {
  const answer = await fetch(`${our.url}/metrics`, { signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) throw new Error(`/metrics of ${our.name} was answered with ${answer.status}`);
  return answer.text();
}

/** Posts JSON to one of our APIs and resolves with its answer. Rejects unless it answers with success. */
export async function post(our: OurProcess, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${our.url}${path}`, {
    method: 'POST',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${path} of ${our.name} was answered with ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Asks until `isDone`, with pauses of `milliseconds`. `watch` rejects when there is nothing to wait for any more. */
export async function until(
  isDone: () => Promise<boolean> | boolean,
  milliseconds: number,
  watch: () => Promise<void>,
): Promise<void> {
  while (!(await isDone())) {
    await watch();
    await sleep(milliseconds);
  }
}
