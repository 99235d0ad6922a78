import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { changeOperation, orderSweep } from '../../../db/endput/desk-operations.ts';
import { orderOperation } from '../../../db/endput/desk-orders.ts';
import { readSweep } from '../../../db/endput/dead-letter-sweep.ts';
import { openConnection } from '../../../rabbitmq/connection.ts';
import { readInHand } from '../../../rabbitmq/in-hand.ts';
import { managementOf } from '../../../rabbitmq/management.ts';
import type { Publication } from '../../../rabbitmq/publisher.ts';
import { walkQueue } from '../../../rabbitmq/walk-queue.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import {
  drain,
  eachBroker,
  installedBroker,
  messagesIn,
  publishByHand,
  withChannel,
} from '../../../test/harness/vhosts.ts';
import type {} from '../../../test/harness/context.ts';
import { createMetricsRegistry } from '../../http/metrics.ts';
import { createStorefrontMetrics } from '../storefront-metrics.ts';
import { createComparison } from './compare-mirror.ts';
import { createDeskBroker } from './desk-broker.ts';
import { findLost } from './find-lost.ts';
import { bodyOf, createDeskUnderTest, silent, type DeskUnderTest } from './letters-under-test.ts';
import { sweepMirror } from './sweep-mirror.ts';

const PATIENCE = 120_000;
const QUEUE = 'dlq_queue';

async function setUp(broker = installedBroker()) {
  const desk = await createDeskUnderTest(broker);
  onTestFinished(() => desk.stop());
  return desk;
}

const publishLetter = (desk: DeskUnderTest, messageId: string, cycle: number, attempt = 5) =>
  publishByHand(desk.vhost.url, QUEUE, bodyOf(messageId), { messageId, type: 'order', headers: { cycle, attempt } });

async function sweep(desk: DeskUnderTest) {
  await orderSweep(desk.pool, 'ada');
  return eventually(async () => {
    const state = await readSweep(desk.pool);
    expect(state.isWanted).toBe(false);
    return state;
  }, PATIENCE);
}

describe.each(eachBroker())('$title', ({ broker }) => {
  test.skipIf(!broker)(
    'a sweep takes stale and second copies out, keeps live and unknown messages, and publishes what is missing',
    async () => {
      const desk = await setUp(broker);
      const ids = await desk.addLetters(6);
      const [live = '', twice = '', discarded = '', redriven = '', older = '', missing = ''] = ids;
      await desk.query(`update dead_letters set state = 'discarded' where message_id = $1`, [discarded]);
      await desk.query(`update dead_letters set state = 'redriving', cycle = 1, attempt = 0 where message_id = $1`, [
        redriven,
      ]);
      await desk.query(`update dead_letters set cycle = 2 where message_id = $1`, [older]);
      for (const id of [live, twice, twice, discarded, redriven]) await publishLetter(desk, id, 0);
      await publishLetter(desk, older, 1);
      await publishLetter(desk, older, 2);
      const foreign = randomUUID();
      await publishLetter(desk, foreign, 0);
      await publishByHand(desk.vhost.url, QUEUE, 'not ours', {
        correlationId: 'kept',
        headers: { mine: 'too', 'x-not': 1 },
      });
      desk.start();

      expect(await sweep(desk)).toMatchObject({ lookedAt: 9, stale: 4, kept: 3, unknown: 2, published: 1 });
      // What a sweep left is what the next one finds.
      expect(await sweep(desk)).toMatchObject({ lookedAt: 6, stale: 0, kept: 4, unknown: 2, published: 0 });
      const messages = await drain(desk.vhost.url, QUEUE);
      const left = messages.map(({ properties }) => String(properties.messageId));
      expect(left.sort()).toEqual([live, twice, older, missing, foreign, 'undefined'].sort());
      const strange = messages.find(({ content }) => content.toString() === 'not ours');
      expect(strange?.properties).toMatchObject({ correlationId: 'kept', headers: { mine: 'too' } });
      expect(strange?.properties.headers).not.toHaveProperty('x-not');
      const rebuilt = messages.find(({ properties }) => properties.messageId === missing);
      expect(rebuilt).toMatchObject({ content: Buffer.from(JSON.stringify(bodyOf(missing))) });
      expect(rebuilt?.properties.headers).toMatchObject({
        attempt: 5,
        cycle: 0,
        'dead-letter-reason': 'attempts_exhausted',
        'dead-letter-error': 'the shop is closed',
      });
    },
    PATIENCE,
  );
});

test(
  'a lost queue is rebuilt from the ledger, also one of many messages, and a sweep on the way loses none',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(3_000);
    const one = desk.start();
    await sweep(desk);
    expect(await messagesIn(desk.vhost.url, QUEUE)).toBe(3_000);
    await withChannel(desk.vhost.url, (channel) => channel.purgeQueue(QUEUE));
    for (const id of ids.slice(0, 500)) await publishLetter(desk, id, 0);
    // The process that sweeps ends in the midst of it, and another one begins anew.
    await orderSweep(desk.pool, 'ada');
    await eventually(async () => expect(await messagesIn(desk.vhost.url, QUEUE)).not.toBe(500), PATIENCE, 5);
    await one.stop(0);
    desk.start();
    await sweep(desk);
    expect(await sweep(desk)).toMatchObject({ kept: 3_000, published: 0 });
    const left = await desk.taken(QUEUE);
    expect(new Set(left.map(({ id }) => id))).toEqual(new Set(ids));
    expect(left).toHaveLength(3_000);
  },
  PATIENCE * 2,
);

test(
  'a sweep begins by itself where queue and ledger differ',
  async () => {
    const desk = await setUp();
    await desk.addLetters(3);
    await desk.query(`insert into dead_letter_totals values ('system_1', 'attempts_exhausted', 'dead', 3)`);
    await desk.query(`insert into count_position (system_identifier, complete) values (1, true)`);
    desk.start({ sweepInterval: 100 });
    await eventually(async () => expect(await messagesIn(desk.vhost.url, QUEUE)).toBe(3), PATIENCE);
  },
  PATIENCE,
);

test(
  'a redriven message that the broker lost is published again once nothing was seen of it for long enough',
  async () => {
    const desk = await setUp();
    const [lost = '', waits = '', stored = '', fresh = ''] = await desk.addLetters(4);
    await desk.query(
      `update dead_letters set state = 'redriving', cycle = 1, attempt = 0,
              redriven_at = now() - case when message_id = $1 then interval '0' else interval '1 hour' end`,
      [fresh],
    );
    await desk.query(
      `insert into retries (message_id, cycle, attempt, due_at, source, type, error_kind, error_message, first_failed_at,
                            failed_at, headers, body)
       values ($1, 1, 1, now(), 's', 'order', 'transient', 'why', now(), now(), '{}', '')`,
      [waits],
    );
    await desk.query(
      `insert into orders select $1, 0, 1, 'system_1', 'db', 'public', 'orders', 1, 'x', 1, true, now(), now()`,
      [stored],
    );
    desk.start({ redriveOverdue: 600_000 });
    const eager = desk.start({ redriveOverdue: 2_000 });
    await eventually(
      async () => expect(await messagesIn(desk.vhost.url, 'primary_queue')).toBeGreaterThan(0),
      PATIENCE,
    );
    await eager.stop(5_000);
    const published = await desk.taken('primary_queue');
    expect(published[0]).toEqual({ id: lost, cycle: 1, attempt: 1 });
    expect(published.map(({ id }) => id).filter((id) => id === waits || id === stored)).toEqual([]);
  },
  PATIENCE,
);

/** What a sweep works with, for tests that call it themselves. */
function partsOf(desk: DeskUnderTest, broker = installedBroker()) {
  const management = managementOf(desk.vhost.url, broker.managementUrl);
  const deskBroker = createDeskBroker(
    { url: desk.vhost.url, heartbeat: 3, replication: { members: 1, management } },
    silent,
  );
  onTestFinished(() => deskBroker.close());
  const stop = new AbortController();
  const cutOff = new AbortController();
  const metrics = createStorefrontMetrics(createMetricsRegistry({}));
  const signals = { stop: stop.signal, cutOff: cutOff.signal };
  return {
    stop,
    management,
    context: { pool: desk.pool, broker: deskBroker, rate: 100_000, metrics, logger: silent, ...signals },
  };
}

test(
  'a sweep publishes nothing while somebody has messages of the queue in hand',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(5);
    for (const id of ids) await publishLetter(desk, id, 0);
    const { context, management } = partsOf(desk);
    await withChannel(desk.vhost.url, async (channel) => {
      for (let n = 0; n < ids.length; n += 1) expect(await channel.get(QUEUE)).not.toBe(false);
      await eventually(async () => expect(await readInHand(management, QUEUE)).toBe(ids.length), PATIENCE);
      await expect(sweepMirror(context)).rejects.toThrow(`somebody has 5 messages of ${QUEUE} in hand`);
    });
    // They come back with the end of their channel.
    await eventually(async () => expect(await messagesIn(desk.vhost.url, QUEUE)).toBe(5), PATIENCE);
    expect(await sweepMirror(context)).toMatchObject({ kept: 5, stale: 0, published: 0 });
  },
  PATIENCE,
);

test(
  'a walk that does not meet all that the queue counted says so, and loses nothing',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(3);
    for (const id of ids) await publishLetter(desk, id, 0);
    const connection = await openConnection(desk.vhost.url, { heartbeat: 3, name: 'test: walk' });
    onTestFinished(() => connection.close());
    await withChannel(desk.vhost.url, async (reader) => {
      const walk = walkQueue(connection, {
        queue: QUEUE,
        mark: { header: 'walk', value: 'one' },
        batch: 1,
        pace: () => Promise.resolve(),
        stop: new AbortController().signal,
        judge: async (messages) => {
          while ((await reader.get(QUEUE)) !== false);
          return messages.map(() => 'keep' as const);
        },
      });
      await expect(walk).rejects.toThrow(`somebody else reads ${QUEUE}: 1 of 3 messages were met`);
    });
    await eventually(async () => expect(await messagesIn(desk.vhost.url, QUEUE)).toBe(3), PATIENCE);
    expect(new Set((await desk.taken(QUEUE)).map(({ id }) => id))).toEqual(new Set(ids));
  },
  PATIENCE,
);

test(
  'queue and ledger differ where two looks see the same difference, and no operation runs',
  async () => {
    const desk = await setUp();
    await desk.query(`insert into dead_letter_totals values ('system_1', 'attempts_exhausted', 'dead', 7)`);
    await desk.query(`insert into count_position (system_identifier, complete) values (1, true)`);
    let depth = 3;
    const differs = createComparison({ pool: desk.pool, broker: { depth: () => Promise.resolve(depth) } }, 0);
    const look = async () => differs(await readSweep(desk.pool));
    expect([await look(), await look()]).toEqual([false, true]);
    // A number that changes is counted late, or on its way.
    expect(await look()).toBe(false);
    depth = 4;
    expect(await look()).toBe(false);
    depth = 5;
    expect(await look()).toBe(false);
    const [id = ''] = await desk.addLetters(1);
    const running = await orderOperation(desk.pool, {
      ...{ kind: 'redrive', selection: { messageIds: [id] }, asked: null },
      ...{ actor: 'ada', comment: null, rate: null, maxDeadShare: null },
    });
    expect([await look(), await look()]).toEqual([false, false]);
    await changeOperation(desk.pool, running?.id ?? '', 'pause', 'ada');
    // The look that confirms comes after the end of a sweep anew.
    expect(await look()).toBe(false);
    await desk.query('update dead_letter_sweep set began_at = now(), ended_at = now()');
    expect([await look(), await look()]).toEqual([false, true]);
    depth = 7;
    expect([await look(), await look()]).toEqual([false, false]);
  },
  PATIENCE,
);

test(
  'what is published when the process is told to stop is finished, and its connection stays',
  async () => {
    const desk = await setUp();
    const [missing = '', lost = ''] = await desk.addLetters(2);
    await desk.query(
      `update dead_letters set state = 'redriving', cycle = 1, attempt = 0, redriven_at = now() - interval '1 hour'
        where message_id = $1`,
      [lost],
    );
    const { context, stop } = partsOf(desk);
    const broker = {
      ...context.broker,
      publishAll: (publications: readonly Publication[], cutOff?: AbortSignal) => {
        stop.abort();
        return context.broker.publishAll(publications, cutOff);
      },
    };
    await sweepMirror({ ...context, broker });
    expect((await desk.taken(QUEUE)).map(({ id }) => id)).toEqual([missing]);
    const again = partsOf(desk);
    const finding = {
      ...again.context.broker,
      publishAll: (publications: readonly Publication[], cutOff?: AbortSignal) => {
        again.stop.abort();
        return again.context.broker.publishAll(publications, cutOff);
      },
    };
    // A backlog that is worked off in no time explains nothing.
    await publishByHand(desk.vhost.url, 'primary_queue', 'x', { messageId: 'of another' });
    await findLost({ ...again.context, broker: finding, overdue: 100 });
    expect((await desk.taken('primary_queue')).map(({ id }) => id)).toEqual(['of another', lost]);
  },
  PATIENCE,
);
