import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../test/harness/eventually.ts';
import { recordingLogger } from '../test/harness/recording-logger.ts';
import {
  createVhost,
  drain,
  eachBroker,
  eachTransport,
  messagesIn,
  publishByHand,
  withChannel,
} from '../test/harness/vhosts.ts';
import { openConnection, type BrokerConnection } from './connection.ts';
import { declareTopology, offersDelayedExchange } from './declare.ts';
import { createInbox } from './inbox.ts';
import { managementOf } from './management.ts';
import { whyNotNative } from './native-transport.ts';
import { createPublisher } from './publisher.ts';
import { chooseRetryTransport, returning } from './retry-transport.ts';
import { consumerTopology, DEAD_LETTER_QUEUE, PRIMARY_QUEUE } from './topology.ts';

const DELAY = 300;
const message = (id: string) => ({
  messageId: id,
  type: 'order',
  appId: 'system_1',
  headers: { attempt: 2, cycle: 1, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
  body: Buffer.from('{"a": "body"}'),
});

for (const { title, broker } of eachBroker()) {
  describe.skipIf(broker === undefined)(title, () => {
    let vhost: Awaited<ReturnType<typeof createVhost>>;
    let connection: BrokerConnection;
    let hasDelayedExchange: boolean;
    const { logger, warnings } = recordingLogger();

    const declare = () =>
      declareTopology(
        connection,
        consumerTopology(connection.major, { ttlDelays: [DELAY], delayedExchange: hasDelayedExchange }),
        logger,
      );

    beforeEach(async () => {
      if (!broker) throw new Error('skipped above');
      vhost = await createVhost(broker);
      hasDelayedExchange = await offersDelayedExchange(vhost.url, 10);
      connection = await openConnection(vhost.url, { heartbeat: 10, name: 'test' });
    });
    afterEach(async () => {
      await connection.close();
      await vhost.delete();
    });

    test('the topology is declared, and again without a word', async () => {
      await declare();
      await declare();
      expect(warnings()).toEqual([]);
      expect(await messagesIn(vhost.url, PRIMARY_QUEUE)).toBe(0);
    });

    test('a queue that exists in another shape is used as it is, with a warning that names the cure', async () => {
      await withChannel(vhost.url, (channel) => channel.assertQueue(PRIMARY_QUEUE, { durable: true }));
      await declare();
      expect(warnings().join('\n')).toMatch(/queue primary_queue has another shape.*to cure it/);
      const publisher = await createPublisher(connection);
      await publisher.publishAll([returning(message('a'))], 5_000);
      expect(await messagesIn(vhost.url, PRIMARY_QUEUE)).toBe(1);
    });

    test('a message that is given back thirty times is still there', async () => {
      await declare();
      await publishByHand(vhost.url, PRIMARY_QUEUE, 'often', { persistent: true });
      for (let times = 0; times < 30; times += 1) {
        const other = await openConnection(vhost.url, { heartbeat: 10, name: 'gives back' });
        const inbox = await createInbox(other, PRIMARY_QUEUE, 10);
        expect(await inbox.next(1, 0)).toHaveLength(1);
        await inbox.close();
        await other.close();
      }
      await eventually(async () => expect(await messagesIn(vhost.url, PRIMARY_QUEUE)).toBe(1));
    });

    test('publishing resolves when all is confirmed, and fails for a message that no queue takes', async () => {
      await declare();
      const publisher = await createPublisher(connection);
      await publisher.publishAll(
        Array.from({ length: 500 }, (_, n) => returning(message(`id-${n}`))),
        10_000,
      );
      expect(await messagesIn(vhost.url, PRIMARY_QUEUE)).toBe(500);
      const lost = { ...returning(message('lost')), routingKey: 'nowhere' };
      await expect(publisher.publishAll([returning(message('good')), lost], 5_000)).rejects.toThrow(
        'no queue takes "nowhere" from exchange orders',
      );
      await publisher.publishAll([returning(message('after it'))], 5_000);
      const ids = (await drain(vhost.url, PRIMARY_QUEUE)).map(({ properties }) => properties.messageId as string);
      expect(ids.slice(-2)).toEqual(['good', 'after it']);
    });

    test('each of two that publish at once hears of its own message that no queue takes', async () => {
      await declare();
      const publisher = await createPublisher(connection);
      // Records have no id of their own.
      const lost = { exchange: 'orders', routingKey: 'nowhere', body: Buffer.from('[]'), headers: {}, mandatory: true };
      const outcomes = await Promise.allSettled(
        [[lost], [lost], [returning(message('good'))], [lost]].map((some) => publisher.publishAll(some, 5_000)),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'rejected']);
    });

    test('what is published after the cut-off is confirmed all the same', async () => {
      await declare();
      const publisher = await createPublisher(connection);
      await publisher.publishAll([returning(message('last'))], 60_000, AbortSignal.abort());
      expect(await messagesIn(vhost.url, PRIMARY_QUEUE)).toBe(1);
    });

    test('publishing fails, and does not hang, when its connection ends', async () => {
      await declare();
      const publisher = await createPublisher(connection);
      const publishing = publisher.publishAll(
        Array.from({ length: 2_000 }, (_, n) => returning(message(`id-${n}`))),
        60_000,
      );
      const failure = expect(publishing).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
      await connection.close();
      await failure;
      await expect(publisher.publishAll([returning(message('x'))], 60_000)).rejects.toMatchObject({
        code: 'BROKER_UNAVAILABLE',
      });
      await publisher.close();
    });

    test('an inbox hands out micro-batches, and fails when its queue is deleted', async () => {
      await declare();
      const inbox = await createInbox(connection, PRIMARY_QUEUE, 100);
      const publisher = await createPublisher(connection);
      await publisher.publishAll(
        Array.from({ length: 7 }, (_, n) => returning(message(`id-${n}`))),
        5_000,
      );
      const first = await inbox.next(5, 5_000);
      expect(first).toHaveLength(5);
      expect(await inbox.next(5, 20)).toHaveLength(2);
      inbox.putBack(first.slice(0, 1));
      expect(await inbox.next(5, 20)).toEqual(first.slice(0, 1));
      const next = expect(inbox.next(5, 20)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
      await withChannel(vhost.url, (channel) => channel.deleteQueue(PRIMARY_QUEUE));
      await next;
      await inbox.close();
    });

    test('what an inbox acknowledges is gone, in whatever order, and all else goes back', async () => {
      await declare();
      const inbox = await createInbox(connection, PRIMARY_QUEUE, 100);
      const publisher = await createPublisher(connection);
      await publisher.publishAll(
        Array.from({ length: 9 }, (_, n) => returning(message(`id-${n}`))),
        5_000,
      );
      const deliveries = await inbox.next(9, 5_000);
      const acknowledge = (...places: number[]) =>
        inbox.acknowledge(deliveries.filter((_, place) => places.includes(place)));
      acknowledge(3, 5);
      acknowledge(0, 1, 6);
      acknowledge(2);
      await inbox.close();
      await eventually(async () => expect(await messagesIn(vhost.url, PRIMARY_QUEUE)).toBe(3));
      const ids = (await drain(vhost.url, PRIMARY_QUEUE)).map(({ properties }) => properties.messageId as string);
      expect(ids.sort()).toEqual(['id-4', 'id-7', 'id-8']);
    });

    for (const { name, skipped } of eachTransport(broker)) {
      test.skipIf(skipped !== '')(
        `transport ${name} brings a message back after its delay, with our headers${skipped}`,
        async () => {
          await declare();
          const replication = { members: 1, management: managementOf(vhost.url, broker?.managementUrl ?? '') };
          const transport = chooseRetryTransport(name, [DELAY], {
            offersDelayedExchange: hasDelayedExchange,
            version: '',
            whyNotNative: name === 'native' ? await whyNotNative(connection, [DELAY], replication, logger) : undefined,
          });
          const publisher = await createPublisher(connection);
          const inbox = await createInbox(connection, PRIMARY_QUEUE, 10);
          const isHeld = transport.name === 'native';
          await publisher.publishAll(
            [isHeld ? returning(message('waits')) : transport.waiting(message('waits'), DELAY)],
            5_000,
          );
          let sentAt = performance.now();
          if (isHeld) {
            const given = await inbox.next(1, 0);
            sentAt = performance.now();
            inbox.giveToWait(given);
          }
          const [delivery] = await inbox.next(1, 0);
          // A clock of the broker's own: a few milliseconds early would be its rounding.
          expect(performance.now() - sentAt).toBeGreaterThan(DELAY - 20);
          expect(delivery?.content).toEqual(message('').body);
          expect(delivery?.properties).toMatchObject({ messageId: 'waits', type: 'order', appId: 'system_1' });
          expect(delivery?.properties.headers).toMatchObject(message('').headers);
          expect(delivery?.fields.redelivered).toBe(isHeld);
          expect(delivery?.properties.headers).not.toHaveProperty('x-delivery-count');
          await inbox.close();
        },
      );
    }

    test('transport plugin is refused with the cure where the broker has no delayed-message exchange', () => {
      const lacks = { offersDelayedExchange: false, version: '9.9', whyNotNative: undefined };
      expect(() => chooseRetryTransport('plugin', [DELAY], lacks)).toThrow('set RETRY_TRANSPORT to ttl or auto');
    });

    test('a dead letter reaches dlq_queue through its exchange', async () => {
      await declare();
      const publisher = await createPublisher(connection);
      await publisher.publishAll([{ ...returning(message('dead')), exchange: 'dlq', routingKey: '' }], 5_000);
      expect(await messagesIn(vhost.url, DEAD_LETTER_QUEUE)).toBe(1);
    });
  });
}

test('a broker that does not answer is an error that names it without its password', async () => {
  await expect(openConnection('amqp://user:secret@127.0.0.1:1', { heartbeat: 5, name: 'test' })).rejects.toThrow(
    /no connection to amqp:\/\/user:\*\*\*@127\.0\.0\.1:1.*ECONNREFUSED/,
  );
});
