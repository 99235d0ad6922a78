import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DeviationKind } from './deviation.ts';
import { runCheck } from './program.ts';
import type { SourceBooks } from './tally.ts';

/** What the program prints with `--json`. */
export interface Printed {
  balanced: boolean;
  looks: number;
  sources: Record<string, SourceBooks>;
  reasons: Record<string, number>;
  attempts: Record<string, number>;
  expired: number;
  notYetRecorded: number;
  copies: number;
  deadLettersCountedBecause?: string;
  deviations: Partial<Record<DeviationKind, { count: number; first: { about: string; detail: string }[] }>>;
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Nothing of the surroundings tells it where the stores are. */
const ENV = { LOCAL_DIR: '/nowhere' };

/** Runs the checker as users do, in a process of its own. */
export function runProcess(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...ENV, PATH: process.env.PATH ?? '' };
  return new Promise((resolve, reject) => {
    const command = ['--import', 'tsx', 'test/faults/checker/main.ts', ...args];
    execFile(process.execPath, command, { cwd: ROOT, env }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(new Error('it was killed', { cause: error }));
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** Runs it here, which is faster, with `--json`, and reads what it prints. Throws where it could not look. */
export async function printedBy(args: readonly string[]): Promise<Printed & { code: number }> {
  const said: string[] = [];
  const complaints: string[] = [];
  const code = await runCheck([...args, '--json', '--show', '1000'], ENV, {
    say: (text) => said.push(text),
    complain: (text) => complaints.push(text),
  });
  if (code === 2) throw new Error(complaints.join('\n'));
  return { ...(JSON.parse(said.join('\n')) as Printed), code };
}
