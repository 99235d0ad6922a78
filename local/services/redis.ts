import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { startProcess, untilReady } from './service-process.ts';

/** Starts redis-server on 127.0.0.1. `persistent` keeps every write across a stop. Resolves when it answers. */
export async function startRedis(options: {
  name?: string;
  folder: string;
  port: number;
  persistent: boolean;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
}) {
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true });
  const service = startProcess({
    name: options.name ?? 'redis',
    file: 'redis-server',
    args: [
      ...['--port', String(options.port), '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no'],
      ...['--save', '', '--appendonly', options.persistent ? 'yes' : 'no'],
    ],
    // Its folder is how a leftover is recognised: it overwrites its environment with its title.
    cwd: folder,
    ...(options.env && { env: options.env }),
    ...(options.onLine && { onLine: options.onLine }),
  });
  await untilReady(service, () => hasLoaded(options.port, service.pid ?? 0), 30_000);
  return { ...service, port: options.port, url: `redis://127.0.0.1:${options.port}` };
}
export type Redis = Awaited<ReturnType<typeof startRedis>>;

/**
 * Whether it has loaded its data: before that it takes connections and answers PING with an error. Where another server
 * has the port, it is that one that answers, under another process number.
 */
async function hasLoaded(port: number, pid: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
  socket.once('timeout', () => socket.destroy(new Error('no answer to PING')));
  socket.write('PING\r\nINFO server\r\nQUIT\r\n');
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer.startsWith('+PONG') && answer.includes(`process_id:${pid}\r\n`);
}
