import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcesses, processTree } from './process-table.ts';

/** How a child process is started. */
export interface Command {
  name: string;
  file: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Runs as this user; only root can ask for it. */
  user?: { uid: number; gid: number };
  /** Given every line of its output. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** Lines kept for error messages. */
const LINES_KEPT = 40;

/** What runs now. If this process ends without having stopped them, they end with it. */
const running = new Set<() => void>();
process.on('exit', () => {
  for (const end of running) end();
});

/**
 * Starts a child process in a process group of its own: a Ctrl-C in the terminal does not reach it, so that everything
 * stops in order. Whatever it leaves in its group when it ends, ends too.
 */
export function startProcess(command: Command) {
  const child = spawn(command.file, command.args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: command.env ?? process.env,
    cwd: command.cwd,
    ...(command.user && { uid: command.user.uid, gid: command.user.gid }),
  });
  const lines: string[] = [];
  const keep = (stream: 'stdout' | 'stderr') => (line: string) => {
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
    command.onLine?.(line, stream);
  };
  createInterface(child.stdout).on('line', keep('stdout'));
  createInterface(child.stderr).on('line', keep('stderr'));

  const signalGroup = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  const endGroup = () => signalGroup('SIGKILL');
  running.add(endGroup);

  let ending: string | undefined;
  const exited = new Promise<string>((resolve) => {
    const end = (how: string) => {
      ending ??= how;
      // At once, while the number of the group cannot have been given to another one.
      if (running.delete(endGroup)) endGroup();
      // Its last lines arrive a moment later, unless something that it started keeps its output open.
      void Promise.race([once(child, 'close'), sleep(300, undefined, { ref: false })])
        .catch(() => undefined)
        .then(() => resolve(how));
    };
    child.once('error', (error) => end(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => end(signal ? `ended by ${signal}` : `ended with exit code ${code ?? '?'}`));
  });
  const kill = async () => {
    if (ending === undefined && child.pid !== undefined) {
      // Some children (those of PostgreSQL) leave the group.
      const tree = await processTree(child.pid);
      endGroup();
      await endProcesses(tree);
    }
    await exited;
  };

  return {
    name: command.name,
    pid: child.pid,
    /** Resolves with how the process ended, in words. */
    exited,
    hasExited: () => ending !== undefined,
    lastLines: () => lines.join('\n'),
    /** Signals the process alone. */
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    /** Stops its whole group in its tracks until `resume`: it is there and does not answer. */
    pause: () => signalGroup('SIGSTOP'),
    resume: () => signalGroup('SIGCONT'),
    /** Asks it to stop, and ends it with all that it started after `deadline` ms. Resolves when it has ended. */
    async stop(signal: NodeJS.Signals = 'SIGTERM', deadline = 8_000): Promise<void> {
      if (ending === undefined) {
        child.kill(signal);
        await Promise.race([exited, sleep(deadline, undefined, { ref: false })]);
      }
      await kill();
    },
    /** Ends it with all that it started at once. Resolves when everything has ended. */
    kill,
  };
}
export type ServiceProcess = ReturnType<typeof startProcess>;

/**
 * Waits until `isReady` resolves with true, asked every 100 ms; an error means "not yet". Throws when the process ends or
 * `deadline` ms pass, with its last lines of output.
 */
export async function untilReady(
  service: ServiceProcess,
  isReady: () => Promise<boolean>,
  deadline: number,
): Promise<void> {
  const giveUpAt = Date.now() + deadline;
  for (let last = 'it did not answer'; ;) {
    if (service.hasExited()) throw new Error(`${service.name} ${await service.exited}:\n${service.lastLines()}`);
    try {
      if (await isReady()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > giveUpAt) {
      await service.kill();
      throw new Error(`${service.name} was not ready after ${deadline / 1000} s (${last}):\n${service.lastLines()}`);
    }
    await sleep(100);
  }
}

/** Runs a command to its end. Throws with its output when it fails. */
export async function runToEnd(command: Command): Promise<void> {
  const child = startProcess(command);
  const how = await child.exited;
  if (how !== 'ended with exit code 0') throw new Error(`${command.name} ${how}:\n${child.lastLines()}`);
}

/** Resolves when a TCP connection to 127.0.0.1 is taken; rejects when it is refused. */
export async function connects(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
  socket.once('timeout', () => socket.destroy(new Error('the connection timed out')));
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
