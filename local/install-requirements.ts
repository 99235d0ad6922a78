import { ExplainedError } from './explained-error.ts';
import { missingRequirements, planInstallation, thisMachine } from './requirements.ts';
import { keepServicesFromStarting } from './service-policy.ts';
import { startProcess } from './services/service-process.ts';

/** Programs are missing, and it is for the user to install them. The message says how. */
export class RequirementsMissing extends ExplainedError {
  override readonly name = 'RequirementsMissing';
}

/** An installation that can be cut off, and tells what it does. */
export interface Installer {
  say: (text: string) => void;
  signal?: AbortSignal;
}

/**
 * Sees to it that Redis and RabbitMQ are installed: on Debian as root by apt-get, without any service being started.
 * Throws `RequirementsMissing` where it may not install, or where the programs are still missing afterwards.
 */
export async function installRequirements({ say, signal }: Installer): Promise<void> {
  const missing = missingRequirements();
  const plan = planInstallation(missing, thisMachine());
  switch (plan.kind) {
    case 'nothing':
      return;
    case 'tell':
      throw new RequirementsMissing(plan.lines.join('\n'));
    case 'install': {
      say(`${missing.join(', ')} missing.`);
      const failure = await installByApt(plan.packages, () => missingRequirements().length === 0, {
        say,
        ...(signal && { signal }),
      });
      if (failure !== undefined) throw new RequirementsMissing(failure);
    }
  }
}

/** Installs packages of Debian. Resolves with what went wrong, undefined where all `isThere`, or where it was cut off. */
export async function installByApt(
  packages: string[],
  isThere: () => boolean,
  { say, signal }: Installer,
): Promise<string | undefined> {
  say(`Installing ${packages.join(', ')} by apt-get; about a minute ...`);
  const allowServices = keepServicesFromStarting();
  try {
    // A package whose configuration was cut off would make every installation fail.
    await apt('dpkg', ['--configure', '-a'], signal);
    const update = await apt('apt-get', ['update', '-q'], signal);
    const install = await apt('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], signal);
    if (signal?.aborted || isThere()) return undefined;
    return [
      `apt-get could not install ${packages.join(', ')}:`,
      ...(update.failed ? [update.output] : []),
      install.output,
    ].join('\n');
  } finally {
    allowServices();
  }
}

async function apt(file: string, args: string[], signal: AbortSignal | undefined) {
  if (signal?.aborted) return { failed: true, output: '' };
  const waiting = file === 'apt-get' ? ['-o', 'DPkg::Lock::Timeout=300'] : [];
  const child = startProcess({
    name: `${file} ${args[0] ?? ''}`,
    file,
    args: [...waiting, ...args],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' },
  });
  const interrupt = () => child.signal('SIGINT');
  signal?.addEventListener('abort', interrupt, { once: true });
  const how = await child.exited;
  signal?.removeEventListener('abort', interrupt);
  return { failed: how !== 'ended with exit code 0', output: child.lastLines() };
}
