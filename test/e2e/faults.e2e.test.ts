import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { createPrivateSystem, type PrivateSystem } from '../harness/private-system.ts';
import type { OurProcess } from '../harness/processes.ts';
import { call } from '../harness/system.ts';

/** Orders of each source: 5 of 6 succeed, the others die. */
const POSITIVE = 1_000;
const NEGATIVE = 200;
const ROWS = POSITIVE + NEGATIVE;

let system: PrivateSystem;
let apis: OurProcess[];

beforeEach(async () => {
  system = await createPrivateSystem({ RETRY_DELAYS: '500ms', SWEEP_INTERVAL: '500ms', SWEEP_OVERDUE: '3s' });
  apis = await Promise.all([system.startSource(0), system.startSource(1)]);
  for (const api of apis) {
    await call(api, 'POST', '/v0/insert-data', { positive_inserts: POSITIVE, negative_inserts: NEGATIVE });
  }
}, 120_000);
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(`${system.logs()}\n`);
  await system.stop();
});

async function run(): Promise<void> {
  for (const api of apis) expect((await call(api, 'POST', '/v0/process/run')).status).toBe(202);
}

/** Waits until endput has settled at least `count` orders, so that what happens next happens in the middle. */
function untilStored(count: number): Promise<void> {
  return eventually(
    async () => {
      const [row] = await system.endput<{ n: number }>('select count(*)::int as n from orders');
      if ((row?.n ?? 0) < count) throw new Error(`${row?.n ?? 0} of ${count} orders are stored`);
    },
    60_000,
    10,
  );
}

/** The invariants: every row stored once or dead, every attempt recorded once. */
async function expectBalance(): Promise<void> {
  const books = await system.untilBalanced(120_000);
  expect(books).toEqual(apis.map(() => ({ rows: ROWS, stored: POSITIVE, dead: NEGATIVE, waiting: 0 })));
  await eventually(async () => {
    expect(await system.recordedMessages()).toBe(ROWS * 2);
    expect(await system.wrongAttempts()).toEqual([]);
  });
}

describe('every row is stored once or dead and every attempt is recorded once, although', () => {
  test('the consumer is killed three times in the middle', async () => {
    let consumer = await system.startConsumer();
    await run();
    for (const stored of [100, 500, 1_000]) {
      await untilStored(stored);
      await consumer.kill();
      consumer = await system.startConsumer({}, false);
    }
    await expectBalance();
  });

  test('one of two consumers is killed in the middle, and then the other', async () => {
    const consumers = await Promise.all([system.startConsumer(), system.startConsumer()]);
    await run();
    await untilStored(100);
    await consumers[0].kill();
    await untilStored(800);
    await system.startConsumer();
    await consumers[1].kill();
    await expectBalance();
  });

  test('a source API is killed during its run, and another run is ordered', async () => {
    await system.startConsumer();
    await run();
    await untilStored(1);
    await apis[0]?.kill();
    apis[0] = await system.startSource(0);
    const api = apis[0];
    // The lease of the run that died expires by itself.
    await eventually(async () => expect((await call(api, 'POST', '/v0/process/run')).status).toBe(202));
    await expectBalance();
  });

  test('RabbitMQ is restarted in the middle, and killed', async () => {
    await system.startConsumer();
    await run();
    await untilStored(100);
    await system.servers.rabbitmq.stop();
    await system.servers.rabbitmq.start();
    await untilStored(900);
    await system.servers.rabbitmq.kill();
    await system.servers.rabbitmq.start();
    await expectBalance();
  });

  test('endput is away for longer than a batch is held', async () => {
    await system.startConsumer({ OUTAGE_HOLD: '2s' });
    await run();
    await untilStored(100);
    await system.servers.endput.kill();
    // The length of the outage is what is tested: once the batch is held, once it has been given back.
    await sleep(1_000);
    await system.servers.endput.start();
    await untilStored(900);
    await system.servers.endput.stop();
    await sleep(5_000);
    await system.servers.endput.start();
    await expectBalance();
  });

  test("the log's database is away, and orders are stored meanwhile", async () => {
    await system.startConsumer();
    await system.servers.attemptLog.stop();
    await run();
    await system.untilBalanced();
    await system.servers.attemptLog.start();
    await expectBalance();
  });

  test('Redis is wiped and both sources run again from the first row', async () => {
    await system.startConsumer();
    await run();
    await untilStored(100);
    await system.servers.redis.kill();
    await system.servers.redis.wipe();
    await system.servers.redis.start();
    for (const api of apis) {
      await eventually(async () => expect((await call(api, 'POST', '/v0/process/run')).status).toBe(202), 60_000);
    }
    await expectBalance();
  });

  test('RabbitMQ loses all its data while retries wait, then both sources are cleared and run', async () => {
    await system.startConsumer({ RETRY_DELAYS: '4s' });
    await run();
    await eventually(async () => {
      const [row] = await system.endput<{ n: number }>('select count(*)::int as n from retries');
      expect(row?.n ?? 0).toBeGreaterThan(1_000);
      expect(await system.recordedMessages()).toBe(ROWS * 2);
    });
    await system.servers.rabbitmq.kill();
    await system.servers.rabbitmq.wipe();
    await system.servers.rabbitmq.start();
    for (const api of apis) {
      await eventually(async () => expect((await call(api, 'POST', '/v0/process/clear')).status).toBe(200), 60_000);
      await eventually(async () => expect((await call(api, 'POST', '/v0/process/run')).status).toBe(202), 60_000);
    }
    await expectBalance();
  });
});

test('a consumer that is told to stop finishes what it has in hand and spends no attempt', async () => {
  let consumer = await system.startConsumer();
  await run();
  for (const stored of [100, 500, 1_000]) {
    await untilStored(stored);
    consumer.signal('SIGTERM');
    expect(await consumer.exited).toBe('ended with exit code 0');
    consumer = await system.startConsumer();
  }
  await expectBalance();
});
