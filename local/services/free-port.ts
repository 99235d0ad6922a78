import { createServer, type AddressInfo } from 'node:net';

/** A port of 127.0.0.1 on which nothing listens now. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port');
  return port;
}

/** Several free ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject).listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether something listens on a port of 127.0.0.1, or may not be listened on. */
export const isTaken = async (port: number): Promise<boolean> => (await whyNot(port)) !== undefined;

/** Whether this user may not listen on a port, whoever does: on Linux those below 1024 are for root. */
export const isReserved = async (port: number): Promise<boolean> => (await whyNot(port)) === 'EACCES';

/** The code of the error, or undefined where a server could listen. */
function whyNot(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', (error) => resolve('code' in error ? String(error.code) : 'unknown'))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
}
