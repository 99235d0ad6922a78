import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { editedBody } from '../../apis/storefront/desk/edited-body.ts';
import { orderEdit } from '../../db/endput/desk-edits.ts';
import { orderOperation, type DeskOrder } from '../../db/endput/desk-orders.ts';
import { orderSweep, readOperation, type DeskOperation } from '../../db/endput/desk-operations.ts';
import { createFreezingPool } from '../../db/endput/pool.ts';
import type { Pool } from '../../db/pool.ts';
import { printedBy } from '../faults/checker/program-under-test.ts';
import { SETTLED_ONCE, whereabouts } from '../faults/checker/system-under-test.ts';
import { eventually } from '../harness/eventually.ts';
import { call, createSharedSystem } from '../harness/system.ts';
import { drain, installedBroker, messagesIn, publishByHand, withChannel } from '../harness/vhosts.ts';

const PATIENCE = 240_000;
/** In the short form, as it runs with all tests; REDRIVE_MESSAGES=10000 REDRIVE_KILLS=20 is the long one. */
const MESSAGES = Number(process.env.REDRIVE_MESSAGES ?? 2_000);
const KILLS = Number(process.env.REDRIVE_KILLS ?? 4);

async function setUp(env: Record<string, string> = {}) {
  const system = await createSharedSystem(installedBroker(), env);
  const pool = createFreezingPool(system.urls.endput, { name: 'test', logger: pino({ level: 'silent' }) });
  onTestFinished(async () => {
    await pool.end();
    await system.stop();
  });
  return { system, pool };
}

async function order(pool: Pool, more: Partial<DeskOrder> = {}): Promise<DeskOperation> {
  const operation = await orderOperation(pool, {
    kind: 'redrive',
    selection: { filter: {} },
    asked: {},
    actor: 'ada',
    comment: null,
    rate: null,
    maxDeadShare: null,
    ...more,
  });
  if (operation === undefined) throw new Error('nothing fits');
  return operation;
}

const until = (pool: Pool, { id }: DeskOperation, wanted: Partial<DeskOperation>) =>
  eventually(async () => {
    const operation = await readOperation(pool, id);
    expect(operation).toMatchObject(wanted);
    return operation;
  }, PATIENCE);

const INVALID = { price: '-1', count: 12 };
const message = (id: string, n: number, price: string, source: string, processingTimes = 1) => ({
  schema_version: 1,
  message_id: id,
  processing: { processing_times: processingTimes },
  origin: { system: source, database_resource: 'db', schema_resource: 'public', table_resource: 'orders' },
  order: { id: n, product: `thing ${n}`, price, created_at: '2026-01-01T00:00:00.000000Z', security_check: true },
});

test(
  'invalid letters are edited and stored, others are redriven and die again, and no old copy of any changes anything',
  { timeout: PATIENCE * 2 },
  async () => {
    const { system, pool } = await setUp({ RETRY_DELAYS: '1ms' });
    const source = system.systemName(0);
    const [api] = await Promise.all([system.startSource(0), system.startConsumer(), system.startStorefront()]);
    await call(api, 'POST', '/v0/insert-data', { positive_inserts: 20, negative_inserts: 20 });
    await call(api, 'POST', '/v0/process/run?wait=true');
    const invalid = Array.from({ length: INVALID.count }, (): string => randomUUID());
    const originals = new Map<string, ReturnType<typeof message>>(
      invalid.map((id, n) => [id, message(id, n + 1, INVALID.price, source)]),
    );
    for (const [messageId, body] of originals)
      await publishByHand(system.urls.rabbitmq, 'primary_queue', body, { messageId, type: 'order' });
    const ledger = () =>
      system.endput<{ state: string; reason: string; cycle: number; n: number }>(
        'select state, reason, cycle, count(*)::int as n from dead_letters group by 1, 2, 3 order by 1, 2, 3',
      );
    await eventually(
      async () =>
        expect(await ledger()).toEqual([
          { state: 'dead', reason: 'attempts_exhausted', cycle: 0, n: 20 },
          { state: 'dead', reason: 'invalid_message', cycle: 0, n: INVALID.count },
        ]),
      PATIENCE,
    );

    // The canary stops after its first message.
    const exhausted = { selection: { filter: { reason: 'attempts_exhausted' } } };
    const canary = await order(pool, { ...exhausted, maxDeadShare: 0 });
    const stopped = await until(pool, canary, { state: 'stopped', sent: 1, deadAgain: 1 });
    expect(stopped?.stateReason).toContain('1 of the 1 messages of this step died again (100 %, 0 % may)');
    expect(stopped?.stateReason).toContain('simulated failure');

    const redrive = await order(pool, exhausted);
    await until(pool, redrive, { state: 'done', sent: 20, deadAgain: 20 });
    for (const [n, messageId] of invalid.slice(0, -1).entries()) {
      const body = editedBody(messageId, message(messageId, n + 1, '2.50', source));
      const edit = await orderEdit(pool, { messageId, cycle: 0, ...body, actor: 'ada', comment: null });
      if ('refused' in edit) throw new Error(edit.refused);
    }
    const discarded: string = invalid.at(-1) ?? '';
    const discard = await order(pool, {
      kind: 'discard',
      selection: { messageIds: [discarded] },
      asked: null,
      comment: 'test data',
    });
    await until(pool, discard, { state: 'done', sent: 1 });
    const settled = [
      { state: 'dead', reason: 'attempts_exhausted', cycle: 1, n: 19 },
      { state: 'dead', reason: 'attempts_exhausted', cycle: 2, n: 1 },
      { state: 'discarded', reason: 'invalid_message', cycle: 0, n: 1 },
      { state: 'resolved', reason: 'invalid_message', cycle: 1, n: INVALID.count - 1 },
    ];
    await eventually(async () => expect(await ledger()).toEqual(settled), PATIENCE);
    await eventually(
      async () => expect(await system.endput('select id from desk_operations where active')).toEqual([]),
      PATIENCE,
    );

    // Old copies turn up late, of every attempt that there was.
    const letters = await system.endput<{ message_id: string; body: Buffer; cycle: number }>(
      'select message_id, body, cycle from dead_letters',
    );
    await withChannel(system.urls.rabbitmq, async (channel) => {
      for (const { message_id: messageId, body, cycle } of letters) {
        const original = originals.get(messageId);
        const content = original === undefined ? body : Buffer.from(JSON.stringify(original));
        for (let old = 0; old <= cycle; old += 1)
          for (const attempt of original === undefined ? [1, 2, 3, 4, 5] : [1])
            channel.sendToQueue('primary_queue', content, {
              messageId,
              type: 'order',
              headers: { attempt, cycle: old },
            });
      }
      await channel.waitForConfirms();
    });
    await eventually(async () => expect(await messagesIn(system.urls.rabbitmq, 'primary_queue')).toBe(0), PATIENCE);
    await orderSweep(pool, 'ada');
    await eventually(async () => {
      expect(await system.endput('select 1 from dead_letter_sweep where wanted > served')).toEqual([]);
      expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(20);
    }, PATIENCE);
    expect(await ledger()).toEqual(settled);
    expect(await system.endput('select count(*)::int as n from orders')).toEqual([{ n: 20 + INVALID.count - 1 }]);
    expect(await system.endput('select message_id from retries')).toEqual([]);
    // What was published by hand is of no source. Of what was redriven the attempts of all cycles are on record.
    const urls = { ...system.urls, sources: system.urls.sources.slice(0, 1) };
    const where = whereabouts({ urls, systemName: system.systemName });
    await eventually(async () => {
      const { deviations, attempts } = await printedBy([...where, ...SETTLED_ONCE]);
      expect(Object.keys(deviations)).toEqual(['no_source']);
      expect(attempts).toMatchObject({ '10': 19, '15': 1 });
    }, PATIENCE);
  },
);

test(
  'the storefront is killed again and again in a redrive: nothing is lost, nothing stored twice, ledger and queue agree',
  { timeout: PATIENCE * 4 },
  async () => {
    const { system, pool } = await setUp({ RETRY_DELAYS: '1ms' });
    const source = system.systemName(0);
    // Dead at their first attempt; and what killed them is gone when they are redriven.
    const strict = await system.startConsumer({ MAX_ATTEMPTS: '1' });
    const ids = Array.from({ length: MESSAGES }, (): string => randomUUID());
    await withChannel(system.urls.rabbitmq, async (channel) => {
      for (const [n, messageId] of ids.entries()) {
        const body = Buffer.from(JSON.stringify(message(messageId, n + 1, '2.50', source, 2)));
        channel.sendToQueue('primary_queue', body, { messageId, type: 'order', persistent: true });
      }
      await channel.waitForConfirms();
    });
    const states = () =>
      system.endput<{ state: string; n: number }>('select state, count(*)::int as n from dead_letters group by 1');
    await eventually(async () => expect(await states()).toEqual([{ state: 'dead', n: MESSAGES }]), PATIENCE);
    await strict.stop();
    await eventually(async () => expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(MESSAGES), PATIENCE);

    let storefront = await system.startStorefront({ DEAD_LETTER_SWEEP_INTERVAL: 'off' });
    await system.startConsumer();
    // So slow that it is killed in many steps, not in a few.
    const redrive = await order(pool, { rate: Math.ceil(MESSAGES / 5) });
    let kills = 0;
    for (; kills < KILLS; kills += 1) {
      // Somewhere in the rest of its way, at a moment that nobody chose.
      const before = (await readOperation(pool, redrive.id))?.taken ?? 0;
      const at = before + Math.floor((Math.random() * (MESSAGES - before)) / (KILLS - kills));
      await eventually(
        async () => expect((await readOperation(pool, redrive.id))?.taken).toBeGreaterThanOrEqual(at),
        PATIENCE,
        1,
      );
      await storefront.kill();
      storefront = await system.startStorefront({ DEAD_LETTER_SWEEP_INTERVAL: 'off' });
    }
    expect(kills).toBe(KILLS);
    await until(pool, redrive, { state: 'done', total: MESSAGES, sent: MESSAGES, stored: MESSAGES, skipped: 0 });
    expect(await states()).toEqual([{ state: 'resolved', n: MESSAGES }]);
    expect(
      await system.endput('select cycle, attempt, count(*)::int as n from orders where system = $1 group by 1, 2', [
        source,
      ]),
    ).toEqual([{ cycle: 1, attempt: 2, n: MESSAGES }]);
    // Copies of redriven messages came to nothing.
    await eventually(async () => expect(await messagesIn(system.urls.rabbitmq, 'primary_queue')).toBe(0), PATIENCE);
    await orderSweep(pool, 'ada');
    await eventually(
      async () => expect(await system.endput('select 1 from dead_letter_sweep where wanted > served')).toEqual([]),
      PATIENCE,
    );
    expect(await drain(system.urls.rabbitmq, 'dlq_queue')).toEqual([]);
    expect(await system.endput('select 1 from retries')).toEqual([]);
  },
);
