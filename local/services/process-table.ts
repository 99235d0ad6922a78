import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A process of this machine. */
export interface RunningProcess {
  pid: number;
  parent: number;
  /** When it started. With `pid` it names one process for ever: a number that is used again has another start. */
  started: string;
  /** Its arguments, the first being the program. */
  args: string[];
  /** `NAME=value` of its environment, as far as this user may see it. */
  environment: string[];
  /** The folder in which it runs, as far as this user may see it. */
  folder: string | undefined;
}

/** All processes that run now, and may be seen. */
export async function listProcesses(): Promise<RunningProcess[]> {
  if (process.platform !== 'linux') return listByPs();
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  return (await Promise.all(pids.map(readProc))).filter((found) => found !== undefined);
}

/** One process, or undefined when it does not run. */
export async function findProcess(pid: number): Promise<RunningProcess | undefined> {
  if (process.platform === 'linux') return readProc(pid);
  return (await listByPs()).find((candidate) => candidate.pid === pid);
}

/** A process and all that descend from it. */
export async function processTree(pid: number): Promise<RunningProcess[]> {
  const all = await listProcesses();
  const tree = all.filter((candidate) => candidate.pid === pid);
  for (const member of tree) tree.push(...all.filter((candidate) => candidate.parent === member.pid));
  return tree;
}

/** Ends processes with SIGKILL and resolves when they are gone. One whose number was given to another is left alone. */
export async function endProcesses(processes: readonly RunningProcess[]): Promise<void> {
  await signalProcesses(processes, 'SIGKILL');
  await untilGone(processes, 5_000);
}

export async function signalProcesses(processes: readonly RunningProcess[], signal: NodeJS.Signals): Promise<void> {
  for (const known of processes) {
    if (!(await stillRuns(known))) continue;
    try {
      process.kill(known.pid, signal);
    } catch {
      // It ended in between.
    }
  }
}

/** Resolves with true when none of these processes runs any more, with false after `deadline` ms. */
export async function untilGone(processes: readonly RunningProcess[], deadline: number): Promise<boolean> {
  const giveUpAt = Date.now() + deadline;
  for (const known of processes) {
    while (await stillRuns(known)) {
      if (Date.now() > giveUpAt) return false;
      await sleep(20);
    }
  }
  return true;
}

export async function stillRuns(known: { pid: number; started: string }): Promise<boolean> {
  return (await findProcess(known.pid))?.started === known.started;
}

async function readProc(pid: number): Promise<RunningProcess | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program in parentheses, which may hold anything.
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not asked how.
    if (state === 'Z' || state === 'X') return undefined;
    return {
      pid,
      parent: Number(parent),
      started: `${rest[17] ?? ''}@${(await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()}`,
      args: splitAtNul(await readFile(`/proc/${pid}/cmdline`, 'utf8')),
      environment: splitAtNul(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
      folder: await readlink(`/proc/${pid}/cwd`).catch(() => undefined),
    };
  } catch {
    return undefined;
  }
}

const splitAtNul = (text: string) => text.split('\0').filter((part) => part !== '');

/** Where there is no /proc (macOS), `ps` tells; with -E it adds the environment to the arguments. */
async function listByPs(): Promise<RunningProcess[]> {
  const options = ['-A', '-E', '-ww', '-o', 'pid=,ppid=,state=,lstart=,command='];
  const { stdout } = await promisify(execFile)('ps', options, { maxBuffer: 64 * 2 ** 20, env: { LC_ALL: 'C' } });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line);
    if (!match || match[3]?.startsWith('Z')) return [];
    const words = (match[5] ?? '').split(' ');
    const process = { pid: Number(match[1]), parent: Number(match[2]), started: match[4] ?? '' };
    return [{ ...process, args: words, environment: words, folder: undefined }];
  });
}
