import { mkdir } from 'node:fs/promises';
import { startProcess, untilReady, connects } from './service-process.ts';

/** Starts redis-server on 127.0.0.1. `persistent` keeps every write across a stop. */
export async function startRedis(options: {
  folder: string;
  port: number;
  persistent: boolean;
  onLine?: (line: string) => void;
}) {
  await mkdir(options.folder, { recursive: true });
  const service = startProcess({
    name: 'redis',
    file: 'redis-server',
    args: [
      ...['--port', String(options.port), '--bind', '127.0.0.1', '--dir', options.folder, '--daemonize', 'no'],
      ...['--save', '', '--appendonly', options.persistent ? 'yes' : 'no'],
    ],
    ...(options.onLine && { onLine: options.onLine }),
  });
  await untilReady(service, () => connects(options.port), 20_000);
  return { ...service, port: options.port, url: `redis://127.0.0.1:${options.port}` };
}
export type Redis = Awaited<ReturnType<typeof startRedis>>;
