import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { createSharedSystem } from '../harness/system.ts';
import {
  eachBroker,
  installedBroker,
  messagesIn,
  publishByHand,
  withChannel,
  type RunningBroker,
} from '../harness/vhosts.ts';

let system: Awaited<ReturnType<typeof createSharedSystem>>;
const onSystem = (broker: () => RunningBroker) => {
  beforeEach(async () => {
    system = await createSharedSystem(broker());
  });
  afterEach(() => system.stop());
};
// How often a broker has delivered a message before is a hint for the crash guard, and each version counts in its own way.
for (const { title, broker } of eachBroker()) {
  describe.skipIf(broker === undefined)(title, () => {
    onSystem(() => {
      if (!broker) throw new Error('skipped above');
      return broker;
    });
    deaths();
  });
}
// What becomes of these is for us alone to say.
describe('a handler that', () => {
  onSystem(installedBroker);
  misbehaviour();
});

const idOf = (n: number) => `0190a5b4-6a0e-5c3e-9d1f-${String(n).padStart(12, '0')}`;
const message = (n: number, product: string) => ({
  schema_version: 1,
  message_id: idOf(n),
  processing: { processing_times: 1 },
  origin: { system: 'by_hand', database_resource: 'none', schema_resource: 'public', table_resource: 'orders' },
  order: { id: n, product, price: '1.00', created_at: '2026-01-01T00:00:00Z', security_check: true },
});

/** Publishes orders that do as usual, with the treacherous one in the middle. */
async function publishAround(product: string, neighbours: number): Promise<void> {
  await withChannel(system.urls.rabbitmq, async (channel) => {
    for (let n = 1; n <= neighbours; n += 1) {
      const what = n === neighbours / 2 ? product : `Product ${n}`;
      channel.sendToQueue('primary_queue', Buffer.from(JSON.stringify(message(n, what))), { persistent: true });
    }
    await channel.waitForConfirms();
  });
}
const stored = async () => (await system.endput('select from orders')).length;
const deadLetters = () => system.endput('select message_id, reason, error_message, attempt from dead_letters');

/** One message kills its process again and again: it ends as a dead letter, no neighbour does. */
async function expectItAloneToDie(product: string): Promise<void> {
  let consumer = await system.startTreacherousConsumer();
  await publishAround(product, 300);
  let deaths = 0;
  await eventually(async () => {
    if (consumer.hasExited()) {
      deaths += 1;
      consumer = await system.startTreacherousConsumer({}, false);
    }
    expect(await deadLetters()).toEqual([
      {
        message_id: idOf(150),
        reason: 'consumer_crashed',
        error_message: 'the consumer died 3 times while it ran this message alone',
        attempt: 1,
      },
    ]);
    expect(await stored()).toBe(299);
  }, 90_000);
  // Twice in a batch until it is suspected, three times alone.
  expect(deaths).toBe(5);
  expect(await system.endput('select from suspects')).toEqual([]);
  await eventually(async () => expect(await system.wrongAttempts()).toEqual([]));
}

function deaths(): void {
  test('a handler that kills its process ends as dead letter consumer_crashed, no neighbour does', () =>
    expectItAloneToDie('DIE'));

  test('twenty kills of the consumer under backlog make nobody a victim of the crash guard', async () => {
    await system.startConsumer();
    await publishAround('Product', 4_000);
    for (let kills = 0; kills < 20; kills += 1) {
      const before = await stored();
      const consumer = await system.startConsumer({}, false);
      await eventually(async () => {
        if (before < 4_000) expect(await stored()).toBeGreaterThan(before);
      });
      await consumer.kill();
    }
    await system.startConsumer();
    await eventually(async () => expect(await stored()).toBe(4_000));
    expect(await deadLetters()).toEqual([]);
    expect(await system.endput('select from suspects')).toEqual([]);
  });
}

function misbehaviour(): void {
  test('throws when nobody waits for it ends as dead letter consumer_crashed, no neighbour does', () =>
    expectItAloneToDie('THROW LATER'));

  test('returns no row fails, attempt by attempt, and its neighbours are stored', async () => {
    await system.startTreacherousConsumer({ MAX_ATTEMPTS: '2' });
    await publishAround('RETURN NOTHING', 100);
    await eventually(async () => {
      expect(await stored()).toBe(99);
      expect(await deadLetters()).toMatchObject([{ message_id: idOf(50), reason: 'attempts_exhausted', attempt: 2 }]);
    });
  });

  test('never returns fails at its deadline, attempt by attempt, and its neighbours are stored', async () => {
    await system.startTreacherousConsumer({ HANDLER_TIMEOUT: '300ms', MAX_ATTEMPTS: '3' });
    await publishAround('NEVER RETURN', 100);
    await eventually(async () => {
      expect(await stored()).toBe(99);
      expect(await deadLetters()).toEqual([
        { message_id: idOf(50), reason: 'attempts_exhausted', error_message: 'no result after 300 ms', attempt: 3 },
      ]);
    });
  });

  test('is cut off by our own stop has spent no attempt', async () => {
    const consumer = await system.startTreacherousConsumer({ STOP_TIMEOUT: '3s' });
    await publishByHand(system.urls.rabbitmq, 'primary_queue', message(1, 'TAKE 20000'));
    await eventually(async () => expect(await messagesIn(system.urls.rabbitmq, 'primary_queue')).toBe(0));
    consumer.signal('SIGTERM');
    expect(await consumer.exited).toBe('ended with exit code 0');
    expect(await messagesIn(system.urls.rabbitmq, 'primary_queue')).toBe(1);
    expect(await system.endput('select from retries')).toEqual([]);
    expect(await system.recordedAttempts()).toBe(0);
  });
}
