import { chown, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { runToEnd, type Command } from './service-process.ts';

/** Makes a command run as the user that it needs. */
export type RunAs = (command: Command) => Command;

interface User {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root. Then it runs as the owner of its data, at first user postgres, and where that user
 * may not pass the folders on the way (a checkout below /root), with the one capability that lets it.
 */
export async function whoRunsPostgres(folder: string, data: string, program: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return (command) => command;
  const owner = await stat(data).catch(() => undefined);
  const user = owner && owner.uid !== 0 ? owner : ((await findUser()) ?? (await (making ??= makeUser())));
  await chown(folder, user.uid, user.gid);
  if ((await isPassable(folder, user)) && (await isPassable(program, user))) {
    return (command) => ({ ...command, user: { uid: user.uid, gid: user.gid } });
  }
  return (command) => ({
    ...command,
    file: 'setpriv',
    args: [
      ...[`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'],
      ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override'],
      // Without this, access(2) answers as if it did not have the capability, and initdb does not find `postgres`.
      '--securebits=+no_setuid_fixup',
      ...[command.file, ...command.args],
    ],
  });
}

async function findUser(): Promise<User | undefined> {
  const entry = (await readFile('/etc/passwd', 'utf8')).split('\n').find((line) => line.startsWith('postgres:'));
  const [, , uid, gid] = entry?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Several servers start at once, and of several useradd at once each gives the user another number. */
let making: Promise<User> | undefined;

async function makeUser(): Promise<User> {
  const useradd = 'useradd --system --user-group --no-create-home --shell /usr/sbin/nologin postgres';
  const [file = '', ...args] = useradd.split(' ');
  const failure = await runToEnd({ name: useradd, file, args }).catch((error: unknown) => error);
  const user = await findUser();
  if (!user) throw new Error(`PostgreSQL needs a user that is not root, and none could be made`, { cause: failure });
  return user;
}

/** Whether a user may pass every folder above a path, and the path itself. */
async function isPassable(path: string, user: User): Promise<boolean> {
  for (let folder = path; folder !== '/'; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
  }
  return true;
}
