import { execFile } from 'node:child_process';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { promisify } from 'node:util';

/** Where and of what figures were taken. */
export interface Surroundings {
  date: string;
  /** Short hash, with `+` where files differ from it; missing outside a checkout. */
  commit?: string;
  cores: number;
  cpu: string;
  memoryGigabytes: number;
  system: string;
  node: string;
  /** Of the minute before the run: above 1, others worked too and the figures are too low. */
  loadBefore: number;
}

export async function describeSurroundings(): Promise<Surroundings> {
  const commit = await readCommit();
  return {
    date: new Date().toISOString(),
    ...(commit !== undefined && { commit }),
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 1e8) / 10,
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

async function readCommit(): Promise<string | undefined> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', ['--no-optional-locks', ...args], { cwd: import.meta.dirname })).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no', ':/');
    return `${await git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : '+'}`;
  } catch {
    return undefined;
  }
}
