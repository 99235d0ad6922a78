import { existsSync } from 'node:fs';
import { findRabbitmq } from './services/find-rabbitmq.ts';
import { isOnPath } from './services/is-on-path.ts';

/** A program that npm cannot bring. */
export type Requirement = 'redis-server' | 'rabbitmq-server' | 'epmd';

/** The machine, as far as installing goes. */
export interface Machine {
  isRoot: boolean;
  packageManager: 'apt-get' | 'dnf' | 'brew' | undefined;
  hasSystemd: boolean;
}

/** What to do about missing programs: install packages, or tell the user what to run. */
export type InstallPlan =
  { kind: 'nothing' } | { kind: 'install'; packages: string[] } | { kind: 'tell'; lines: string[] };

/** Name of the package of each program. epmd belongs to Erlang, which comes with RabbitMQ. */
const PACKAGES: Record<NonNullable<Machine['packageManager']>, Record<Requirement, string>> = {
  'apt-get': { 'redis-server': 'redis-server', 'rabbitmq-server': 'rabbitmq-server', epmd: 'erlang-base' },
  dnf: { 'redis-server': 'redis', 'rabbitmq-server': 'rabbitmq-server', epmd: 'erlang-erts' },
  brew: { 'redis-server': 'redis', 'rabbitmq-server': 'rabbitmq', epmd: 'erlang' },
};

/** The programs that this machine lacks. */
export function missingRequirements(path = process.env.PATH ?? ''): Requirement[] {
  const missing: Requirement[] = [];
  if (!isOnPath('redis-server', path)) missing.push('redis-server');
  if (findRabbitmq(path) === undefined) missing.push('rabbitmq-server');
  if (!isOnPath('epmd', path)) missing.push('epmd');
  return missing;
}

/** This machine. */
export function thisMachine(): Machine {
  const managers = ['apt-get', 'dnf', 'brew'] as const;
  return {
    isRoot: process.getuid?.() === 0,
    packageManager: managers.find((manager) => isOnPath(manager)),
    // There where systemd has started the machine, and only then.
    hasSystemd: existsSync('/run/systemd/system'),
  };
}

/** Decides what to do about missing programs. Only apt-get, and only as root, is run for the user. */
export function planInstallation(missing: readonly Requirement[], machine: Machine): InstallPlan {
  if (missing.length === 0) return { kind: 'nothing' };
  const { packageManager, isRoot } = machine;
  const heading = `Not installed, but needed: ${missing.join(', ')}.`;
  if (packageManager === undefined) {
    const lines = [heading, 'Install Redis and RabbitMQ (with Erlang) so that these programs are on the PATH.'];
    return { kind: 'tell', lines: [...lines, 'Nothing of them needs to run as a service.'] };
  }
  const packages = [...new Set(missing.map((requirement) => PACKAGES[packageManager][requirement]))];
  if (packageManager === 'apt-get' && isRoot) return { kind: 'install', packages };
  return {
    kind: 'tell',
    lines: [
      heading,
      'If it is installed, put its folder on the PATH. Otherwise run this, then the same command again:',
      '',
      ...commands(machine, packages),
      ...aboutServices(machine, packages),
    ],
  };
}

/** Packages of Debian that start a service when they are installed. Those of Fedora and of Homebrew leave it to the user. */
const SERVICES = ['redis-server', 'rabbitmq-server'];

/** How to end the services that Debian's packages start: nothing here needs them, and they have the ports of ours. */
function aboutServices({ packageManager, hasSystemd }: Machine, packages: string[]): string[] {
  const started = packages.filter((name) => SERVICES.includes(name));
  if (packageManager !== 'apt-get' || !hasSystemd || started.length === 0) return [];
  return [
    `  sudo systemctl disable --now ${started.join(' ')}`,
    '',
    'The second line ends the services that the first one starts: they are not needed. If you keep them, they have their',
    'ports (Redis 6379, RabbitMQ 5672), and others are used here and named at the start.',
  ];
}

function commands({ packageManager, isRoot }: Machine, packages: string[]): string[] {
  const sudo = isRoot ? '' : 'sudo ';
  const names = packages.join(' ');
  switch (packageManager) {
    case 'apt-get':
      return [`  ${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${names}`];
    case 'dnf':
      return [`  ${sudo}dnf install -y ${names}`];
    case 'brew':
      return [`  brew install ${names}`];
    case undefined:
      return [];
  }
}
