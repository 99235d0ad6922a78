import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, freePorts, isTaken } from './free-port.ts';

test('free ports differ, are free, and are none that outgoing connections get by themselves', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(10_240);
  expect(await Promise.all(ports.map(isTaken))).toEqual(ports.map(() => false));
});

test('a port is taken while somebody listens on it', async () => {
  const port = await freePort();
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  expect(await isTaken(port)).toBe(true);
});
