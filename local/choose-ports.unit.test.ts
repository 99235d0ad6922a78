import { describe, expect, test } from 'vitest';
import { choosePorts } from './choose-ports.ts';

const machine = (taken: number[], free: number[]) => ({
  isTaken: (port: number) => Promise.resolve(taken.includes(port)),
  freePort: () => Promise.resolve(free.shift() ?? 0),
  findPortHolder: (port: number) => Promise.resolve(`program-of-${port} (process 1)`),
});
const redis = { owner: 'Redis', variable: 'REDIS_PORT', port: 6379 };
const rabbitmq = { owner: 'RabbitMQ', variable: 'RABBITMQ_PORT', port: 5672 };

describe('the ports', () => {
  test('are those that were asked for where nothing listens on them', async () => {
    expect(await choosePorts({ redis, rabbitmq }, machine([], []))).toEqual({
      ports: { redis: 6379, rabbitmq: 5672 },
      notices: [],
    });
  });

  test('are replaced by free ones where taken, and it is said whose, by which, who has them, and how to choose another', async () => {
    const { ports, notices } = await choosePorts({ redis, rabbitmq }, machine([6379], [40001]));
    expect(ports).toEqual({ redis: 40001, rabbitmq: 5672 });
    expect(notices).toEqual([
      'Port 6379 for Redis is taken by program-of-6379 (process 1): 40001 is used instead (REDIS_PORT=<port> make start_with_logs chooses another).',
    ]);
  });

  test('that only root may use are said to be so, not to be taken by somebody', async () => {
    const source = { ...machine([80], [40001]), isReserved: (port: number) => Promise.resolve(port < 1024) };
    const { notices } = await choosePorts({ redis: { ...redis, port: 80 } }, source);
    expect(notices.join()).toMatch(/^Port 80 for Redis is one that only root may use: 40001 is used instead/);
  });

  test('are never the same, although two settings say so', async () => {
    const { ports, notices } = await choosePorts(
      { redis, rabbitmq: { ...rabbitmq, port: 6379 } },
      machine([], [6379, 40001]),
    );
    expect(ports).toEqual({ redis: 6379, rabbitmq: 40001 });
    expect(notices.join()).toMatch(/is that of Redis already/);
  });

  test('a free one does not take what another was promised', async () => {
    const { ports } = await choosePorts({ redis: { ...redis, port: 0 }, rabbitmq }, machine([], [5672, 40001]));
    expect(ports).toEqual({ redis: 40001, rabbitmq: 5672 });
  });

  test('one that is taken is replaced by the one that was used before, so that what runs on it can stay', async () => {
    const wanted = { redis: { ...redis, instead: 40001 }, rabbitmq: { ...rabbitmq, instead: 40002 } };
    const { ports } = await choosePorts(wanted, machine([6379, 5672, 40002], [40003]));
    expect(ports).toEqual({ redis: 40001, rabbitmq: 40003 });
  });

  test('0 takes a free one without a word', async () => {
    const { ports, notices } = await choosePorts({ redis: { ...redis, port: 0 } }, machine([], [40001]));
    expect(ports).toEqual({ redis: 40001 });
    expect(notices).toEqual([]);
  });
});
