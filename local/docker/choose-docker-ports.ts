import { choosePorts, type PortSource, type WantedPort } from '../choose-ports.ts';
import { freePort, isReserved, isTaken } from '../services/free-port.ts';
import { findPortHolder } from '../services/port-holder.ts';
import { connects } from '../services/service-process.ts';
import { PUBLISHED, keyOf } from './published-services.ts';
import type { PublishedPort } from './compose-file.ts';
import { isRunning, type Container } from './containers.ts';

/** The ports of this machine at which the containers are reached, and what Compose is told about them. */
export interface DockerPorts {
  ports: PublishedPort[];
  /** A value for each setting that moves a port. */
  env: Record<string, string>;
  /** Which wishes could not be met, for people. */
  notices: string[];
}

/**
 * Chooses before anything is started, so that a taken port is named instead of failing in the middle. A project that runs
 * already keeps its ports, unless the user asks for another: a container is not made anew only for a port. Throws where a
 * port is taken for which there is no setting.
 */
export async function chooseDockerPorts(
  wanted: readonly PublishedPort[],
  containers: readonly Container[],
  env: NodeJS.ProcessEnv,
  source: PortSource = { isTaken: (port) => isTakenForDocker(port), freePort, findPortHolder },
): Promise<DockerPorts> {
  const own = new Map(
    containers.filter(isRunning).flatMap(({ ports }) => ports.map((port) => [keyOf(port), port.published] as const)),
  );
  const ownPorts = new Set(own.values());
  const ask = {
    ...source,
    isTaken: async (port: number) => !ownPorts.has(port) && (await source.isTaken(port)),
  };
  const wishes = wanted.flatMap((port): [string, WantedPort][] => {
    const known = PUBLISHED[keyOf(port)];
    if (!known) return [];
    const held = own.get(keyOf(port));
    const isAsked = Boolean(env[known.variable]) && port.published !== 0;
    const wish = isAsked ? port.published : (held ?? port.published);
    return [[keyOf(port), { owner: known.owner, variable: known.variable, port: wish, instead: held }]];
  });
  for (const port of wanted.filter((port) => !PUBLISHED[keyOf(port)] && port.published !== 0)) {
    if (!(await ask.isTaken(port.published))) continue;
    const holder = await source.findPortHolder(port.published);
    throw new Error(`Port ${port.published}, which service ${port.service} publishes, is taken by ${holder}.`);
  }
  const { ports, notices } = await choosePorts(Object.fromEntries(wishes), ask);
  return {
    ports: wanted.map((port) => ({ ...port, published: ports[keyOf(port)] ?? port.published })),
    env: Object.fromEntries(wishes.map(([key, { variable }]) => [variable, String(ports[key])])),
    notices,
  };
}

/** The engine may publish ports that this user may not listen on. */
export const isTakenForDocker = async (port: number, ask = { isReserved, isTaken, connects }): Promise<boolean> =>
  (await ask.isReserved(port)) ? ask.connects(port) : ask.isTaken(port);
