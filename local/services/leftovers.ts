import { basename, sep } from 'node:path';
import { endProcesses, listProcesses, signalProcesses, untilGone, type RunningProcess } from './process-table.ts';

/** Set for everything that is started for a data folder, so that it can be told from anything else on this machine. */
export const DATA_FOLDER_VARIABLE = 'ORDER_INGESTION_DATA_FOLDER';

/**
 * Processes that were started for a data folder and still run, such as those of a launcher that was killed. Each is
 * proved to be ours: by its environment, or, where a server has overwritten that with its title, by its data folder.
 */
export async function findLeftovers(dataFolder: string): Promise<RunningProcess[]> {
  return (await listProcesses()).filter(
    (candidate) => candidate.pid !== process.pid && belongsTo(dataFolder, candidate),
  );
}

/** Whether a process was started for a data folder. */
export function belongsTo(dataFolder: string, { args, environment, folder }: RunningProcess): boolean {
  if (environment.includes(`${DATA_FOLDER_VARIABLE}=${dataFolder}`)) return true;
  const isInside = (path: string | undefined) => path?.startsWith(dataFolder + sep) ?? false;
  if (isProgram('postgres', args)) return isInside(clusterOf(args));
  return isProgram('redis-server', args) && isInside(folder);
}

/** Whether a process is the PostgreSQL server of a data folder. */
export const belongsToCluster = (data: string, { args }: RunningProcess): boolean =>
  isProgram('postgres', args) && clusterOf(args) === data;

const clusterOf = (args: readonly string[]) => args[args.indexOf('-D') + 1];

/** Redis writes more into its first argument: `redis-server 127.0.0.1:6379`. */
const isProgram = (name: string, args: readonly string[]) => basename(args[0]?.split(' ', 1)[0] ?? '') === name;

/** Ends leftovers: asks them first, in the order in which they depend on each other. Resolves when they are gone. */
export async function stopLeftovers(leftovers: readonly RunningProcess[]): Promise<void> {
  const isServer = ({ args }: RunningProcess) => !isProgram('node', args);
  const isDatabase = ({ args }: RunningProcess) => isProgram('postgres', args);
  const ours = leftovers.filter((process) => !isServer(process));
  await signalProcesses(ours, 'SIGTERM');
  await untilGone(ours, 3_000);
  await endProcesses(ours);
  const servers = leftovers.filter(isServer);
  // PostgreSQL takes SIGTERM for "when all have left", SIGINT for "now".
  await signalProcesses(servers.filter(isDatabase), 'SIGINT');
  await signalProcesses(
    servers.filter((process) => !isDatabase(process)),
    'SIGTERM',
  );
  await untilGone(servers, 8_000);
  await endProcesses(servers);
}
