import { readFile } from 'node:fs/promises';
import { listProcesses } from '../local/services/process-table.ts';

/** Ticks a second in /proc: USER_HZ, which is 100 on every Linux that Node runs on. */
const MICROSECONDS_A_TICK = 1_000_000 / 100;

/** A process to watch, with all that it starts. */
export interface Watched {
  name: string;
  pid: number | undefined;
}

/** CPU used so far, in microseconds. */
export interface CpuReading {
  /** Of each process and all that descends from it. */
  processes: Record<string, number>;
  /** Of everything on this machine; `capacity` is what it could have used. */
  machine: { busy: number; capacity: number };
}

/** CPU used until now; undefined where there is no /proc to tell. */
export async function readCpu(watched: readonly Watched[]): Promise<CpuReading | undefined> {
  if (process.platform !== 'linux') return undefined;
  const all = await listProcesses();
  const processes: Record<string, number> = {};
  for (const { name, pid } of watched) {
    const tree = all.filter((candidate) => candidate.pid === pid);
    for (const member of tree) tree.push(...all.filter((candidate) => candidate.parent === member.pid));
    const used = await Promise.all(tree.map((member) => usedBy(member.pid)));
    processes[name] = used.reduce((sum, value) => sum + value, 0);
  }
  const own = process.cpuUsage();
  processes.bench = own.user + own.system;
  return { processes, machine: await usedByMachine() };
}

/**
 * User and system time of a process and of its children that have ended: a backend of PostgreSQL that was closed in
 * between is counted with the server that started it.
 */
async function usedBy(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program in parentheses, which may hold anything; utime is field 14.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * MICROSECONDS_A_TICK;
}

async function usedByMachine(): Promise<CpuReading['machine']> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n', 1);
  // user nice system idle iowait irq softirq steal; the guests after them are in user already.
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  const capacity = ticks.reduce((sum, value) => sum + value, 0);
  const [, , , idle = 0, iowait = 0] = ticks;
  return { busy: (capacity - idle - iowait) * MICROSECONDS_A_TICK, capacity: capacity * MICROSECONDS_A_TICK };
}

/** What was used between two readings: microseconds an order, and the share of the machine that others had. */
export function cpuBetween(before: CpuReading | undefined, after: CpuReading | undefined, orders: number) {
  if (before === undefined || after === undefined) return {};
  const used = Object.entries(after.processes).map(
    ([name, value]) => [name, value - (before.processes[name] ?? 0)] as const,
  );
  const ours = used.reduce((sum, [, value]) => sum + value, 0);
  const capacity = Math.max(1, after.machine.capacity - before.machine.capacity);
  const foreign = after.machine.busy - before.machine.busy - ours;
  return {
    cpu: Object.fromEntries(used.map(([name, value]) => [name, Math.round((value / Math.max(orders, 1)) * 10) / 10])),
    foreignCpu: Math.round((Math.max(0, foreign) / capacity) * 100) / 100,
  };
}

/** Highest resident memory of a process so far, in MB (10^6 bytes); undefined where there is no /proc to tell. */
export const peakMegabytes = (pid: number | undefined): Promise<number | undefined> => readMegabytes(pid, 'VmHWM');

/** Resident memory of a process now, in MB (10^6 bytes); undefined where there is no /proc to tell. */
export const residentMegabytes = (pid: number | undefined): Promise<number | undefined> => readMegabytes(pid, 'VmRSS');

async function readMegabytes(pid: number | undefined, name: string): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return kibibytes === undefined ? undefined : Math.round((Number(kibibytes) * 1_024) / 100_000) / 10;
}
