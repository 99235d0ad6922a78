import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordingLogger } from '../test/harness/recording-logger.ts';
import { installedBroker } from '../test/harness/vhosts.ts';
import { openConnection } from './connection.ts';
import { managementOf } from './management.ts';
import { requireNodes, warnOfMissingMembers } from './queue-members.ts';

/** Takes connections and says nothing. */
let silent: Server;
let silentUrl: string;

beforeAll(async () => {
  silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  silentUrl = `amqp://user:secret@127.0.0.1:${(silent.address() as AddressInfo).port}`;
});
afterAll(() => silent.close());

const DEAD = 'amqp://user:secret@127.0.0.1:1';
const options = { heartbeat: 5, name: 'test' };

test('of several nodes one that serves is found, though others are dead or say nothing', async () => {
  const { url } = installedBroker();
  // In whatever order they are tried.
  for (const urls of [`${DEAD},${silentUrl},${url}`, `${url},${DEAD}`, `${DEAD},${url}`, `${url}, ${DEAD}`]) {
    const connection = await openConnection(urls, options);
    expect(connection.url).toBe(url);
    await connection.close();
  }
});

test('where none serves, the error says of each what is wrong, and no password', async () => {
  const opening = openConnection(`${DEAD},${silentUrl}`, options);
  await expect(opening).rejects.toThrow(/127\.0\.0\.1:1: .*ECONNREFUSED/);
  await expect(opening).rejects.toThrow(/: connect ETIMEDOUT/);
  await expect(opening).rejects.not.toThrow('secret');
});

test('a queue is not made before the cluster has as many nodes as it is to have members', async () => {
  const { url, managementUrl } = installedBroker();
  const management = managementOf(url, managementUrl);
  await expect(requireNodes('primary_queue', { members: 1, management })).resolves.toBeUndefined();
  await expect(requireNodes('primary_queue', { members: 3, management })).rejects.toThrow(
    /queue primary_queue is to have 3 members and is not made yet: the cluster has 1 of 3 nodes \(orders@localhost\)/,
  );
});

test('where the management does not answer, no queue is made, and one that exists is used with a warning', async () => {
  const management = managementOf(installedBroker().url, 'http://127.0.0.1:1,http://127.0.0.1:2');
  await expect(requireNodes('primary_queue', { members: 3, management })).rejects.toThrow('nobody says which nodes');
  const { logger, warnings } = recordingLogger();
  await warnOfMissingMembers(['primary_queue'], { members: 3, management }, logger);
  expect(warnings().join()).toContain('nobody says whether every queue has its 3 members');
});
