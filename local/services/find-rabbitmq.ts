import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * The folder of the installed `rabbitmq-server`, or undefined. Debian's script in /usr/sbin switches user and folder and
 * wants root, the one in lib/rabbitmq/bin does not, so that comes first.
 */
export function findRabbitmq(path = process.env.PATH ?? ''): string | undefined {
  const onPath = path.split(delimiter).map((folder) => join(folder, 'rabbitmq-server'));
  const found = onPath.filter((file) => existsSync(file)).map((file) => dirname(realpathSync(file)));
  return ['/usr/lib/rabbitmq/bin', ...found].find((folder) => existsSync(join(folder, 'rabbitmq-server')));
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
