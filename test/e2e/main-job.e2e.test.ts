import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { call, createSharedSystem } from '../harness/system.ts';
import { drain, eachBroker, eachTransport, messagesIn } from '../harness/vhosts.ts';

const CASES = eachBroker().flatMap(({ title, broker }) =>
  eachTransport(broker).map(({ name, skipped }) => ({
    title: `${title}, transport ${name}${skipped}`,
    broker: skipped === '' ? broker : undefined,
    transport: name,
  })),
);

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

for (const { title, broker, transport } of CASES) {
  describe.skipIf(broker === undefined)(title, () => {
    test('280 orders are stored, 120 are dead-lettered, every attempt is logged, and again changes nothing', async () => {
      if (!broker) throw new Error('skipped above');
      const system = await createSharedSystem(broker, { RETRY_TRANSPORT: transport });
      stop = () => system.stop();
      const sources = await Promise.all([system.startSource(0), system.startSource(1), system.startConsumer()]);
      const apis = sources.slice(0, 2);

      for (const api of apis) {
        const inserted = await call(api, 'POST', '/v0/insert-data', { positive_inserts: 140, negative_inserts: 60 });
        expect(inserted.status).toBe(201);
        expect((await call(api, 'POST', '/v0/process/run')).status).toBe(202);
      }
      const books = await system.untilBalanced();
      expect(books.map(({ stored, dead }) => ({ stored, dead }))).toEqual([
        { stored: 140, dead: 60 },
        { stored: 140, dead: 60 },
      ]);
      expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(120);
      await eventually(async () => {
        expect(await system.recordedMessages()).toBe(400);
        expect(await system.wrongAttempts()).toEqual([]);
      });
      const recorded = await system.recordedAttempts();

      // Again: nothing is published. After clear: everything is published, nothing changes.
      for (const api of apis) {
        const again = await call(api, 'POST', '/v0/process/run?wait=true');
        expect(again.status).toBe(202);
        expect(again.body).toMatchObject({ published: 0 });
        expect((await call(api, 'POST', '/v0/process/clear')).status).toBe(200);
        expect((await call(api, 'POST', '/v0/process/run?wait=true')).body).toMatchObject({ published: 200 });
      }
      await system.untilBalanced();
      expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(120);
      expect(await messagesIn(system.urls.rabbitmq, 'attempt_log')).toBe(0);
      expect(await system.recordedAttempts()).toBe(recorded);

      const deadLetters = await drain(system.urls.rabbitmq, 'dlq_queue');
      for (const { properties } of deadLetters) {
        expect(properties.headers).toMatchObject({
          attempt: 5,
          cycle: 0,
          'dead-letter-reason': 'attempts_exhausted',
          'dead-letter-error': 'simulated failure: succeeds at attempt 6',
        });
      }
    });
  });
}
