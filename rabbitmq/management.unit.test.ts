import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ManagementError, managementOf } from './management.ts';

/** A node's management that answers everything with a status and its own number. */
async function startNode(status: number, number: number) {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(status).end(JSON.stringify({ number }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Asks nodes that answer so, in their turn. */
async function ask(...statuses: number[]) {
  const nodes = await Promise.all(statuses.map(startNode));
  const management = managementOf('amqp://127.0.0.1', nodes.map(({ url }) => url).join(','));
  const answer = await management.call('GET', '/queues/%2F/q').catch((error: unknown) => error);
  return { answer, asked: nodes.map(({ asked }) => asked.length) };
}

test.each([
  ['one that answers is enough', [200, 200], 0, [1, 0]],
  ['one that is out of order is passed over', [500, 200], 1, [1, 1]],
  ['what one does not know another one may', [404, 404, 200], 2, [1, 1, 1]],
])('of several nodes %s', async (_, statuses, number, asked) => {
  expect(await ask(...statuses)).toEqual({ answer: { number }, asked });
});

test.each([
  ['what one refuses no other is asked for', [403, 200], 403, [1, 0]],
  ['what none knows is not there', [404, 404], 404, [1, 1]],
])('of several nodes %s', async (_, statuses, status, asked) => {
  const found = await ask(...statuses);
  expect(found.answer).toBeInstanceOf(ManagementError);
  expect(found).toMatchObject({ answer: { status }, asked });
});
