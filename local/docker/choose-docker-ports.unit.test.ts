import { describe, expect, test } from 'vitest';
import { chooseDockerPorts, isTakenForDocker } from './choose-docker-ports.ts';
import type { Container } from './containers.ts';

const machine = (taken: number[], free: number[] = []) => ({
  isTaken: (port: number) => Promise.resolve(taken.includes(port)),
  freePort: () => Promise.resolve(free.shift() ?? 0),
  findPortHolder: () => Promise.resolve('another program'),
});
const db1 = { service: 'db1', target: 5432, published: 5432 };
const redis = { service: 'redis', target: 6379, published: 6379 };
const running = (published: number): Container => ({
  id: '1',
  name: 'project-db1-1',
  service: 'db1',
  state: 'running',
  health: 'healthy',
  exitCode: 0,
  folder: '',
  ports: [{ ...db1, published }],
});

describe('the ports of containers', () => {
  test('are the wanted ones, and Compose is told all of them', async () => {
    const { ports, env, notices } = await chooseDockerPorts([db1, redis], [], {}, machine([]));
    expect(ports).toEqual([db1, redis]);
    expect(env).toEqual({ DB1_PORT: '5432', REDIS_PORT: '6379' });
    expect(notices).toEqual([]);
  });

  test('are others where taken, with a word', async () => {
    const { ports, env, notices } = await chooseDockerPorts([db1], [], {}, machine([5432], [40001]));
    expect(ports).toEqual([{ ...db1, published: 40001 }]);
    expect(env).toEqual({ DB1_PORT: '40001' });
    expect(notices.join()).toMatch(/^Port 5432 for Postgres db1 is taken by another program: 40001 is used instead/);
  });

  test('are not taken because our own containers have them', async () => {
    const { env, notices } = await chooseDockerPorts([db1], [running(5432)], {}, machine([5432]));
    expect(env).toEqual({ DB1_PORT: '5432' });
    expect(notices).toEqual([]);
  });

  test('stay those of what runs, although the wanted one has become free, unless another is asked for', async () => {
    const free = machine([15432]);
    expect((await chooseDockerPorts([db1], [running(15432)], {}, free)).env).toEqual({ DB1_PORT: '15432' });
    const asked = await chooseDockerPorts([db1], [running(15432)], { DB1_PORT: '5432' }, free);
    expect(asked.env).toEqual({ DB1_PORT: '5432' });
  });

  test('stay those of what runs when the one that is asked for is taken', async () => {
    const taken = machine([5432, 15432], [40001]);
    const { env } = await chooseDockerPorts([db1], [running(15432)], { DB1_PORT: '5432' }, taken);
    expect(env).toEqual({ DB1_PORT: '15432' });
  });

  test('0 takes a free one, and keeps it while it runs', async () => {
    const any = { ...db1, published: 0 };
    const given = { DB1_PORT: '0' };
    expect((await chooseDockerPorts([any], [], given, machine([], [40001]))).env).toEqual({ DB1_PORT: '40001' });
    expect((await chooseDockerPorts([any], [running(40001)], given, machine([40001], [40002]))).env).toEqual({
      DB1_PORT: '40001',
    });
  });

  test('that no setting moves are an error where taken', async () => {
    const other = { service: 'other', target: 1, published: 9999 };
    await expect(chooseDockerPorts([other], [], {}, machine([9999]))).rejects.toThrow(
      'Port 9999, which service other publishes, is taken by another program.',
    );
    expect((await chooseDockerPorts([other], [], {}, machine([]))).ports).toEqual([other]);
  });
});

test('a port that only root may listen on is not taken for the engine, unless something answers there', async () => {
  const ask = (answers: boolean) => ({
    isReserved: (port: number) => Promise.resolve(port < 1024),
    isTaken: () => Promise.resolve(true),
    connects: () => Promise.resolve(answers),
  });
  expect(await isTakenForDocker(80, ask(false))).toBe(false);
  expect(await isTakenForDocker(80, ask(true))).toBe(true);
  expect(await isTakenForDocker(8000, ask(false))).toBe(true);
});
