import { mkdir } from 'node:fs/promises';
import { connects, startProcess, untilReady } from './service-process.ts';

/** Starts the mongod on the PATH on 127.0.0.1. Resolves when it takes connections; it keeps its data across a stop. */
export async function startMongodb(options: {
  folder: string;
  port: number;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
}) {
  await mkdir(options.folder, { recursive: true });
  const service = startProcess({
    name: 'mongod',
    file: 'mongod',
    args: ['--dbpath', options.folder, '--port', String(options.port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
    ...(options.env && { env: options.env }),
    ...(options.onLine && { onLine: options.onLine }),
  });
  await untilReady(service, () => connects(options.port), 60_000);
  return {
    ...service,
    port: options.port,
    url: (database: string) => `mongodb://127.0.0.1:${options.port}/${database}`,
  };
}
