import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Debian's script in /usr/sbin switches user and folder and wants root, the one here does not. */
const DEBIAN = '/usr/lib/rabbitmq/bin';

/** Where Homebrew links the script, on Apple silicon and on Intel; often not on the PATH. */
const HOMEBREW = ['/opt/homebrew/sbin', '/usr/local/sbin'];

/** The folder of the installed `rabbitmq-server`, or undefined: that of Debian, else one of the PATH, else Homebrew's. */
export function findRabbitmq(
  path = process.env.PATH ?? '',
  { first = [DEBIAN], last = HOMEBREW }: { first?: readonly string[]; last?: readonly string[] } = {},
): string | undefined {
  const holdsIt = (folder: string) => existsSync(join(folder, 'rabbitmq-server'));
  const linked = [...path.split(delimiter), ...last]
    .filter(holdsIt)
    .map((folder) => dirname(realpathSync(join(folder, 'rabbitmq-server'))));
  return [...first, ...linked].find(holdsIt);
}

/** Folders in which the server of a script looks for plugins. */
export function pluginFolders(serverDir: string): string[] {
  const script = join(serverDir, 'rabbitmq-server');
  // Debian links the script to the folder of the version; Homebrew and the generic package have `plugins` beside it.
  const version = join(existsSync(script) ? dirname(realpathSync(script)) : serverDir, '..');
  const shared = join(version, '..', '..', 'plugins');
  return [join(version, 'plugins'), ...(serverDir.endsWith(join('rabbitmq', 'bin')) ? [shared] : [])].filter((folder) =>
    existsSync(folder),
  );
}

/** Whether one of these folders holds a plugin, packed (.ez) or not. */
export const holdsPlugin = (folders: readonly string[], plugin: string): boolean =>
  folders
    .filter((folder) => existsSync(folder))
    .some((folder) => readdirSync(folder).some((entry) => entry === plugin || entry.startsWith(`${plugin}-`)));
