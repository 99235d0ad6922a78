import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * The folder of the installed `rabbitmq-server`, or undefined. Debian's script in /usr/sbin switches user and folder and
 * wants root, the one in lib/rabbitmq/bin does not, so that comes first.
 */
export function findRabbitmq(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'rabbitmq-server'));
  const folders = [
    '/usr/lib/rabbitmq/bin',
    ...onPath.filter((file) => existsSync(file)).map((file) => dirname(realpathSync(file))),
  ];
  return folders.find((folder) => existsSync(join(folder, 'rabbitmq-server')));
}
