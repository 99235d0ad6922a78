import { expect, test } from 'vitest';
import { ourProcesses } from './processes.ts';
import { serverUrls } from './servers.ts';

const SERVERS = { db1: 1, db2: 2, endput: 3, attempt_log: 4, redis: 5, rabbitmq: 6, management: 7 };
const PORTS = { storefront: 8000, system_1: 8001, system_2: 8002, consumers: [8003] };
const processes = (wishes?: Parameters<typeof ourProcesses>[2]) =>
  ourProcesses(serverUrls('postgres', SERVERS, ''), PORTS, wishes);

test.each([
  [undefined, '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
  ['::1', '[::1]'],
  ['192.0.2.7', '192.0.2.7'],
])('with HTTP_HOST %s, processes are asked and shown at %s', (host, address) => {
  const all = processes({ ...(host !== undefined && { host }) });
  expect(all.map(({ url }) => url)).toEqual([8000, 8001, 8002, 8003].map((port) => `http://${address}:${port}`));
  expect(all[0]?.env.SOURCE_API_URLS).toBe(`system_1=http://${address}:8001,system_2=http://${address}:8002`);
});

test('the storefront knows the APIs that the user runs besides', () => {
  const [storefront] = processes({ moreSources: 'warehouse=http://127.0.0.1:8004' });
  expect(storefront?.env.SOURCE_API_URLS).toBe(
    'system_1=http://127.0.0.1:8001,system_2=http://127.0.0.1:8002,warehouse=http://127.0.0.1:8004',
  );
  expect(processes({ moreSources: '' })[0]?.env.SOURCE_API_URLS).not.toMatch(/,$/);
});
