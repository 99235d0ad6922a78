import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** A port of 127.0.0.1 on which nothing listens now. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port');
  return port;
}

/**
 * Below the ports that Linux (32768 and up), macOS and Windows (49152 and up) give to outgoing connections by themselves:
 * one of those may be taken by anybody's connection before whoever asked for it listens there.
 */
const [LOWEST, HIGHEST] = [10_240, 32_767];
const TRIES = 1_000;
/** By somebody, or kept from this user. */
const TAKEN = ['EADDRINUSE', 'EACCES'];
/** Given by this process already: who asked may not listen there yet. */
const given = new Set<number>();

/** Several free ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = new Map<number, Server>();
  try {
    for (let tries = 0; servers.size < count; tries += 1) {
      if (tries === TRIES + count) throw new Error(`${TRIES} ports from ${LOWEST} to ${HIGHEST} are all taken`);
      // By chance, so that two that ask at the same time seldom get the same.
      const port = randomInt(LOWEST, HIGHEST + 1);
      if (given.has(port)) continue;
      const answer = await listen(port);
      if (typeof answer !== 'string') servers.set(port, answer);
      else if (!TAKEN.includes(answer)) throw new Error(`no port of 127.0.0.1 can be listened on: ${answer}`);
    }
    for (const port of servers.keys()) given.add(port);
    return [...servers.keys()];
  } finally {
    await Promise.all([...servers.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** Whether something listens on a port of 127.0.0.1, or may not be listened on. */
export const isTaken = async (port: number): Promise<boolean> => (await whyNot(port)) !== undefined;

/** Whether this user may not listen on a port, whoever does: on Linux those below 1024 are for root. */
export const isReserved = async (port: number): Promise<boolean> => (await whyNot(port)) === 'EACCES';

/** The code of the error, or undefined where a server could listen. */
async function whyNot(port: number): Promise<string | undefined> {
  const answer = await listen(port);
  if (typeof answer === 'string') return answer;
  await new Promise((resolve) => answer.close(resolve));
  return undefined;
}

/** A server that listens on this port of 127.0.0.1, or the code of the error. */
function listen(port: number): Promise<Server | string> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', (error) => resolve('code' in error ? String(error.code) : 'unknown'))
      .listen(port, '127.0.0.1', () => resolve(server));
  });
}
