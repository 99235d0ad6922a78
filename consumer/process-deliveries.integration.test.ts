import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ConsumeMessage } from 'amqplib';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import type { AttemptRecord } from '../db/attempt-log/attempt-record.ts';
import { orderOperation } from '../db/endput/desk-orders.ts';
import { takeStep } from '../db/endput/desk-steps.ts';
import { createEndputPool } from '../db/endput/pool.ts';
import { migrate } from '../db/migrate.ts';
import { BrokerUnavailableError } from '../rabbitmq/connection.ts';
import type { Inbox } from '../rabbitmq/inbox.ts';
import { ORDER_TYPE } from '../rabbitmq/order-message.ts';
import { chooseRetryTransport } from '../rabbitmq/retry-transport.ts';
import { createDatabase, queryOnce } from '../test/harness/databases.ts';
import { orderDelivery } from '../test/harness/deliveries.ts';
import { eventually } from '../test/harness/eventually.ts';
import { createCrashGuard } from './crash-guard.ts';
import type { Handler } from './handlers/handler.ts';
import { orderRow } from './handlers/order-row.ts';
import { createConsumerMetrics } from './metrics.ts';
import { createOutageHold } from './outage-hold.ts';
import type { BatchContext } from './process-batch.ts';
import { processDeliveries } from './process-deliveries.ts';
import { createRamp, type Ramp } from './ramp.ts';
import { createReport } from './report.ts';
import { retryPolicyOf } from './retry-policy.ts';

const logger = pino({ level: 'silent' });
const MIGRATIONS = fileURLToPath(new URL('../db/endput/migrations', import.meta.url));

async function createEndput() {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  await migrate(url, MIGRATIONS, logger);
  return url;
}

/** A consumer's loop over an endput; broker and inbox are the test's. */
async function startLoop({
  endput,
  transport = 'ttl',
  handle = (message) => Promise.resolve(orderRow(message)),
  ramp = createRamp(200, () => undefined),
}: { endput?: string; transport?: 'ttl' | 'native'; handle?: Handler; ramp?: Ramp } = {}) {
  const url = endput ?? (await createEndput());
  const pool = createEndputPool(url, { name: 'test', logger });
  onTestFinished(() => pool.end());

  const batches: ConsumeMessage[][] = [];
  /** How many deliveries were taken together, each time. */
  const taken: number[] = [];
  let wake: (() => void) | undefined;
  let isClosed = false;
  let ended: Error | undefined;
  const inbox: Pick<Inbox, 'next' | 'putBack' | 'fail'> = {
    async next(limit) {
      while (batches.length === 0 && !isClosed && !ended) await new Promise<void>((resolve) => (wake = resolve));
      if (ended) throw ended;
      const [delivered] = batches;
      if (!delivered) return [];
      const batch = delivered.splice(0, limit);
      if (delivered.length === 0) batches.shift();
      taken.push(batch.length);
      return batch;
    },
    putBack: () => undefined,
    fail(error) {
      ended = error;
      wake?.();
    },
  };

  /** What the loop did, in order. */
  const did: string[] = [];
  const publishing: { bodies: string[]; confirm: () => void; refuse: (error: Error) => void }[] = [];
  const neverCutOff = new AbortController().signal;
  const context: BatchContext = {
    pool,
    handlers: new Map([
      [
        ORDER_TYPE,
        (message, about) => {
          did.push(`run ${message.message_id}`);
          return handle(message, about);
        },
      ],
    ]),
    policy: retryPolicyOf(5, '100ms'),
    transport: chooseRetryTransport(transport, [100], {
      offersDelayedExchange: false,
      version: '4.3.0',
      whyNotNative: undefined,
    }),
    guard: createCrashGuard(pool),
    hold: createOutageHold({ limit: 1_000, cutOff: neverCutOff, logger, onOutage: () => undefined }),
    publish: (publications) =>
      publications.length === 0
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            const bodies = publications.map(({ body }) => body.toString());
            publishing.push({ bodies, confirm: resolve, refuse: reject });
          }),
    acknowledge: (done) => did.push(...done.map(({ messageId }) => `acknowledge ${messageId}`)),
    giveToWait: (waiting) => did.push(...waiting.map(({ messageId }) => `give back ${messageId}`)),
    onEarly: () => undefined,
    handlerTimeout: 60_000,
    attemptLogTtl: 60_000,
    cutOff: neverCutOff,
    metrics: createConsumerMetrics(),
    report: createReport(logger),
  };
  let settledBatches = 0;
  let isBlocked = false;
  const running = processDeliveries(inbox as Inbox, context, {
    batchWait: 1,
    ramp,
    isBlocked: () => isBlocked,
    onSettled: () => (settledBatches += 1),
  });
  return {
    did,
    taken,
    publishing,
    ended: running,
    settledBatches: () => settledBatches,
    /** Is taken as one batch, where the limit lets it. */
    deliver(...deliveries: ConsumeMessage[]) {
      batches.push(deliveries);
      wake?.();
    },
    block: () => (isBlocked = true),
    endInbox: (error: Error) => inbox.fail(error),
    close() {
      isClosed = true;
      wake?.();
    },
    stored: async () => (await queryOnce(url, 'select from orders')).length,
  };
}

test('a batch is settled in endput while the one before waits for its confirms, and is finished after it', async () => {
  const loop = await startLoop();
  const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
  loop.deliver(orderDelivery(first));
  loop.deliver(orderDelivery(second));
  loop.deliver(orderDelivery(third));
  await eventually(async () => expect(await loop.stored()).toBe(2));
  // No more than one is unfinished: the third does not begin, the second is not published.
  expect(loop.did).toEqual([`run ${first}`, `run ${second}`]);
  expect(loop.publishing).toHaveLength(1);

  loop.publishing[0]?.confirm();
  await eventually(() => expect(loop.publishing).toHaveLength(2));
  await eventually(async () => expect(await loop.stored()).toBe(3));
  expect(loop.did).toEqual([`run ${first}`, `run ${second}`, `acknowledge ${first}`, `run ${third}`]);
  loop.publishing[1]?.confirm();
  await eventually(() => expect(loop.publishing).toHaveLength(3));

  // What was settled is finished, also when nothing more is to be fetched.
  loop.close();
  loop.publishing[2]?.confirm();
  await loop.ended;
  expect(loop.did.slice(4)).toEqual([`acknowledge ${second}`, `acknowledge ${third}`]);
  expect(loop.settledBatches()).toBe(3);
});

test('after an outage batches begin at 10 and double, however much there is', async () => {
  const ramp = createRamp(200, () => undefined);
  while (ramp.limit() < 200) ramp.settled();
  const held = randomUUID();
  const loop = await startLoop({
    ramp,
    handle: (message) => {
      if (message.message_id === held) ramp.outage();
      return Promise.resolve(orderRow(message));
    },
  });
  const wanted = [200, 10, 10, 20, 40, 80, 160, 200];
  const orders = wanted.reduce((sum, size) => sum + size);
  loop.deliver(orderDelivery(held), ...Array.from({ length: orders - 1 }, () => orderDelivery(randomUUID())));
  await eventually(async () => {
    for (const { confirm } of loop.publishing) confirm();
    expect(await loop.stored()).toBe(orders);
    expect(loop.settledBatches()).toBe(loop.taken.length);
  });
  // Twice 10: the end of the batch that was held counts for nothing.
  expect(loop.taken).toEqual(wanted);
  loop.close();
  await loop.ended;
});

test('a copy in the batch after is stale although the first is not acknowledged yet', async () => {
  const loop = await startLoop();
  const id = randomUUID();
  loop.deliver(orderDelivery(id));
  loop.deliver(orderDelivery(id));
  await eventually(() => expect(loop.publishing).toHaveLength(1));
  loop.publishing[0]?.confirm();
  await eventually(() => expect(loop.did).toEqual([`run ${id}`, `acknowledge ${id}`, `acknowledge ${id}`]));
  loop.close();
  await loop.ended;
});

test('what is not confirmed ends the loop, although nothing more is delivered, and is not acknowledged', async () => {
  const loop = await startLoop();
  const id = randomUUID();
  loop.deliver(orderDelivery(id));
  await eventually(() => expect(loop.publishing).toHaveLength(1));
  const error = new BrokerUnavailableError('gone');
  loop.publishing[0]?.refuse(error);
  await expect(loop.ended).rejects.toBe(error);
  expect(loop.did).toEqual([`run ${id}`]);
});

test('a handler that runs is cut off when the batch before cannot be finished', async () => {
  let told: unknown;
  const loop = await startLoop({
    handle: (message, { signal }) => {
      if (message.message_id === first) return Promise.resolve(orderRow(message));
      signal.addEventListener('abort', () => (told = 'cut off'));
      return new Promise(() => undefined);
    },
  });
  const [first, second] = [randomUUID(), randomUUID()];
  loop.deliver(orderDelivery(first));
  loop.deliver(orderDelivery(second));
  await eventually(() => expect(loop.did).toEqual([`run ${first}`, `run ${second}`]));
  const error = new BrokerUnavailableError('gone');
  loop.publishing[0]?.refuse(error);
  await expect(loop.ended).rejects.toBe(error);
  expect(told).toBe('cut off');
  expect(loop.publishing).toHaveLength(1);
});

test('nothing is begun beside what waits for its confirms while the broker is blocked', async () => {
  const loop = await startLoop();
  const [first, second] = [randomUUID(), randomUUID()];
  loop.deliver(orderDelivery(first));
  await eventually(() => expect(loop.publishing).toHaveLength(1));
  loop.block();
  loop.deliver(orderDelivery(second));
  await sleep(100);
  expect(loop.did).toEqual([`run ${first}`]);
  loop.publishing[0]?.confirm();
  await eventually(() => expect(loop.did).toEqual([`run ${first}`, `acknowledge ${first}`, `run ${second}`]));
  await eventually(() => expect(loop.publishing).toHaveLength(2));
  loop.publishing[1]?.confirm();
  loop.close();
  await loop.ended;
});

test('what waits for its confirms is finished although the loop ends', async () => {
  const loop = await startLoop();
  const id = randomUUID();
  loop.deliver(orderDelivery(id));
  await eventually(() => expect(loop.publishing).toHaveLength(1));
  const error = new BrokerUnavailableError('the policy was deleted');
  loop.endInbox(error);
  loop.publishing[0]?.confirm();
  await expect(loop.ended).rejects.toBe(error);
  expect(loop.did).toEqual([`run ${id}`, `acknowledge ${id}`]);
});

/** What a publication of attempt records says. */
const recordsIn = (publishing: { bodies: string[] } | undefined) =>
  JSON.parse(publishing?.bodies[0] ?? '') as AttemptRecord[];

test('an attempt whose consumer died before it was on record is recorded before the next one runs', async () => {
  const endput = await createEndput();
  const handle: Handler = () => Promise.reject(new Error('no'));
  const id = randomUUID();
  const dying = await startLoop({ endput, handle, transport: 'native' });
  dying.deliver(orderDelivery(id));
  await eventually(() => expect(dying.publishing).toHaveLength(1));
  dying.publishing[0]?.refuse(new BrokerUnavailableError('gone'));
  await expect(dying.ended).rejects.toThrow('gone');
  await sleep(150);

  // The retry is due. Should this consumer die as well, the first attempt would be missing for good.
  const loop = await startLoop({ endput, handle, transport: 'native' });
  loop.deliver(orderDelivery(id, { earlier: 1 }));
  await eventually(() => expect(loop.publishing).toHaveLength(1));
  await sleep(100);
  const attempts = (index: number) =>
    recordsIn(loop.publishing[index]).map(({ processing }) => processing.processing_attempts);
  expect(attempts(0)).toEqual([1]);
  expect(loop.did).toEqual([]);
  loop.publishing[0]?.confirm();
  await eventually(() => expect(loop.publishing).toHaveLength(2));
  expect(attempts(1)).toEqual([2]);
  loop.publishing[1]?.confirm();
  loop.close();
  await loop.ended;
  expect(loop.did).toEqual([`run ${id}`, `give back ${id}`]);
});

/** Redrives a dead letter, as far as the ledger says it. */
async function redrive(endput: string, messageId: string): Promise<void> {
  const pool = createEndputPool(endput, { name: 'test', logger });
  onTestFinished(() => pool.end());
  const operation = await orderOperation(pool, {
    kind: 'redrive',
    selection: { messageIds: [messageId] },
    asked: null,
    actor: 'ada',
    comment: null,
    rate: null,
    maxDeadShare: null,
  });
  const client = await pool.connect();
  try {
    const { step } = await takeStep(client, operation?.id ?? '', {
      confirmed: undefined,
      limit: 1,
      bytes: 1_000_000,
      isRedrivable: () => true,
      sourceOf: () => 'system_1',
    });
    expect(step?.letters).toMatchObject([{ messageId, cycle: 1, attempt: 5 }]);
  } finally {
    client.release();
  }
}

test.each([
  ['once', 1],
  ['as that of a suspect', 2],
])(
  'the last attempt of a letter that was redriven before it was on record is recorded when its delivery comes back %s',
  async (_, earlier) => {
    const endput = await createEndput();
    const id = randomUUID();
    const dying = await startLoop({ endput, handle: () => Promise.reject(new Error('no')) });
    dying.deliver(orderDelivery(id, { attempt: 5 }));
    await eventually(() => expect(dying.publishing).toHaveLength(1));
    dying.publishing[0]?.refuse(new BrokerUnavailableError('gone'));
    await expect(dying.ended).rejects.toThrow('gone');
    await redrive(endput, id);

    const loop = await startLoop({ endput });
    loop.deliver(orderDelivery(id, { attempt: 5, earlier }));
    await eventually(() => expect(loop.publishing).toHaveLength(1));
    // The same record but for how long the attempt took, which only the consumer that ran it knew.
    expect(recordsIn(dying.publishing[0])).toMatchObject(recordsIn(loop.publishing[0]));
    expect(recordsIn(loop.publishing[0])).toMatchObject([
      { message_id: id, cycle: 0, processing: { processing_attempts: 5 }, outcome: 'dead' },
    ]);
    // Not before it is on record: should this consumer die as well, it comes back once more.
    await sleep(100);
    expect(loop.did).toEqual([]);
    loop.publishing[0]?.confirm();
    await eventually(() => expect(loop.did).toEqual([`acknowledge ${id}`]));

    // What the redrive published is another attempt.
    loop.deliver(orderDelivery(id, { attempt: 1, cycle: 1 }));
    await eventually(() => expect(loop.publishing).toHaveLength(2));
    loop.publishing[1]?.confirm();
    loop.close();
    await loop.ended;
    expect(recordsIn(loop.publishing[1])).toMatchObject([{ cycle: 1, outcome: 'succeeded' }]);
    expect(loop.did).toEqual([`acknowledge ${id}`, `run ${id}`, `acknowledge ${id}`]);
  },
);

test('a suspect runs when nothing else is in hand, and nothing is fetched beside it', async () => {
  const loop = await startLoop();
  const [first, neighbour, suspect, last] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  loop.deliver(orderDelivery(first));
  loop.deliver(orderDelivery(neighbour), orderDelivery(suspect, { earlier: 2 }));
  loop.deliver(orderDelivery(last));
  for (const [n, stored] of [2, 2, 3, 4].entries()) {
    await eventually(() => expect(loop.publishing).toHaveLength(n + 1));
    await eventually(async () => expect(await loop.stored()).toBe(stored));
    loop.publishing[n]?.confirm();
  }
  loop.close();
  await loop.ended;
  expect(loop.did).toEqual([
    ...[`run ${first}`, `run ${neighbour}`, `acknowledge ${first}`, `acknowledge ${neighbour}`],
    ...[`run ${suspect}`, `acknowledge ${suspect}`, `run ${last}`, `acknowledge ${last}`],
  ]);
});
