import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { isOnPath } from './is-on-path.ts';
import { findProcess } from './process-table.ts';

/** Milliseconds after which a program that is asked counts as not knowing. */
const PATIENCE = 3_000;

/**
 * Who listens on a port of this machine, in words: a Docker container, or a process as far as this user may see it. Where
 * neither can be told, the words name the command that can.
 */
export async function findPortHolder(port: number): Promise<string> {
  const container = await findContainer(port);
  if (container !== undefined) return `the Docker container ${container}`;
  const holder = process.platform === 'linux' ? await findByProc(port) : await findByLsof(port);
  return holder ?? `another program (${commandThatTells(port)} says which)`;
}

const commandThatTells = (port: number): string =>
  process.platform === 'linux' && isOnPath('ss') ? `sudo ss -ltnp sport = :${port}` : `sudo lsof -i :${port}`;

/** Docker listens for its containers, so the process that does would say nothing. */
async function findContainer(port: number): Promise<string | undefined> {
  const args = ['ps', '--filter', `publish=${port}`, '--format', '{{.Names}}'];
  const names = isOnPath('docker') ? await output('docker', args) : '';
  return names.split('\n', 1).find((name) => name !== '');
}

/** The socket is found in the kernel's table, its process by looking at everybody's files. */
async function findByProc(port: number): Promise<string | undefined> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const sockets = new Set(tables.flatMap((table) => listeningSockets(table, port)).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const files = await readdir(`/proc/${entry}/fd`).catch(() => []);
    const targets = await Promise.all(files.map((file) => readlink(`/proc/${entry}/fd/${file}`).catch(() => '')));
    if (targets.some((target) => sockets.has(target))) return nameOf(Number(entry));
  }
  return undefined;
}

async function nameOf(pid: number): Promise<string> {
  const found = await findProcess(pid);
  // A server may have overwritten its arguments with a title.
  const program = basename(found?.args[0]?.split(' ', 1)[0] ?? '').replace(/:$/, '');
  return `${program || 'a program'} (process ${pid})`;
}

/** The inodes of the sockets that listen on a port, from the text of /proc/net/tcp. */
export function listeningSockets(table: string, port: number): string[] {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === '0A' && local.endsWith(`:${hexadecimal}`) && inode !== undefined ? [inode] : [];
  });
}

async function findByLsof(port: number): Promise<string | undefined> {
  if (!isOnPath('lsof')) return undefined;
  const text = await output('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']);
  const pid = /^p(\d+)$/m.exec(text)?.[1];
  const program = /^c(.+)$/m.exec(text)?.[1];
  return pid === undefined ? undefined : `${program ?? 'a program'} (process ${pid})`;
}

const output = async (file: string, args: string[]): Promise<string> =>
  promisify(execFile)(file, args, { timeout: PATIENCE, killSignal: 'SIGKILL' }).then(
    ({ stdout }) => stdout,
    () => '',
  );
