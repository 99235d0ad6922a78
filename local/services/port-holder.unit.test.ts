import { createServer, type AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { findPortHolder, listeningSockets } from './port-holder.ts';

const listening = () =>
  new Promise<ReturnType<typeof createServer>>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  });

test('the program that listens on a port is named with its process', async () => {
  const server = await listening();
  try {
    const { port } = server.address() as AddressInfo;
    expect(await findPortHolder(port)).toContain(`(process ${process.pid})`);
    expect(await findPortHolder(port)).toMatch(new RegExp(basename(process.execPath)));
  } finally {
    server.close();
  }
});

test('where it cannot be told who listens, the command is named that can', async () => {
  const server = await listening();
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await findPortHolder(port)).toMatch(
    new RegExp(`^another program \\(sudo (ss|lsof) .*:${port} says which\\)$`),
  );
});

test('a socket counts when it listens on that very port', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1538 0100007F:A0B2 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0000000000000000 100 0 0 10 0
   2: 00000000:1539 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0000000000000000 100 0 0 10 0
`;
  expect(listeningSockets(table, 5432)).toEqual(['111']);
  expect(listeningSockets(table, 5433)).toEqual(['333']);
  expect(listeningSockets(table, 80)).toEqual([]);
});
