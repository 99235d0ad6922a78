import { freePort, isReserved, isTaken } from './services/free-port.ts';
import { findPortHolder } from './services/port-holder.ts';

/** A port that something is to listen on. */
export interface WantedPort {
  /** Whose it is, in words. */
  owner: string;
  /** The setting that chooses it. */
  variable: string;
  /** 0 takes a free one. */
  port: number;
  /** Taken instead of it where it cannot be had, before any free one is. */
  instead?: number | undefined;
}

/** How to ask the machine for ports; given in tests. */
export interface PortSource {
  isTaken: (port: number) => Promise<boolean>;
  /** Whether this user may not listen there. */
  isReserved?: (port: number) => Promise<boolean>;
  freePort: () => Promise<number>;
  /** Who listens on a port, in words. */
  findPortHolder: (port: number) => Promise<string>;
}

/**
 * A port for each wish, all different: the wanted one where nothing listens on it, else a free one. `notices` says, for
 * people, which ones were replaced, who has them, and how to choose another.
 */
export async function choosePorts<Name extends string>(
  wanted: Record<Name, WantedPort>,
  source: PortSource = { isTaken, isReserved, freePort, findPortHolder },
): Promise<{ ports: Record<Name, number>; notices: string[] }> {
  const entries = Object.entries<WantedPort>(wanted) as [Name, WantedPort][];
  const used = new Map<number, string>();
  const notices: string[] = [];
  const ports: Partial<Record<Name, number>> = {};
  const isWanted = (port: number) => entries.some(([, wish]) => wish.port === port);
  const another = async (): Promise<number> => {
    const port = await source.freePort();
    return used.has(port) || isWanted(port) ? another() : port;
  };
  const canHave = async (port: number | undefined): Promise<boolean> =>
    port !== undefined && port !== 0 && !used.has(port) && !(await source.isTaken(port));
  for (const [name, { owner, variable, port, instead }] of entries) {
    const rival = used.get(port);
    const isFree = await canHave(port);
    const chosen = isFree ? port : instead !== undefined && (await canHave(instead)) ? instead : await another();
    used.set(chosen, owner);
    ports[name] = chosen;
    if (isFree || port === 0) continue;
    const whyNot = async () =>
      (await source.isReserved?.(port))
        ? 'is one that only root may use'
        : `is taken by ${await source.findPortHolder(port)}`;
    const why = rival === undefined ? await whyNot() : `is that of ${rival} already`;
    notices.push(
      `Port ${port} for ${owner} ${why}: ${chosen} is used instead (${variable}=<port> make start_with_logs chooses another).`,
    );
  }
  return { ports: ports as Record<Name, number>, notices };
}
