import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anyMessage, type AnyMessage } from '../harness/any-message.ts';
import { eventually } from '../harness/eventually.ts';
import type { OurProcess } from '../harness/processes.ts';
import { call, createSharedSystem } from '../harness/system.ts';
import { installedBroker, messagesIn, withChannel } from '../harness/vhosts.ts';

let system: Awaited<ReturnType<typeof createSharedSystem>>;
let consumer: OurProcess;
beforeAll(async () => {
  system = await createSharedSystem(installedBroker(), { RETRY_DELAYS: '1ms' });
  consumer = await system.startConsumer();
});
afterAll(() => system.stop());

async function publishAll(messages: readonly AnyMessage[]): Promise<void> {
  await withChannel(system.urls.rabbitmq, async (channel) => {
    for (const { body, properties } of messages) channel.sendToQueue('primary_queue', body, properties);
    await channel.waitForConfirms();
  });
}

/** Those of the bodies that are neither a stored order nor a dead letter with every byte of it. */
async function unaccountedFor(messages: readonly AnyMessage[]): Promise<string[]> {
  const rows = await system.endput<{ body: Buffer }>(
    `select body from unnest($1::bytea[], $2::text[]) as sent(body, message_id)
      where not exists (select from dead_letters d where d.body = sent.body)
        and not exists (select from orders o where o.message_id::text = sent.message_id)`,
    [messages.map(({ body }) => body), messages.map(({ body }) => idOf(body))],
  );
  return rows.map(({ body }) => body.toString('latin1').slice(0, 500));
}

function idOf(body: Buffer): string | null {
  try {
    const parsed = JSON.parse(body.toString()) as { message_id?: unknown } | null;
    const id = parsed?.message_id;
    return typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id) ? id : null;
  } catch {
    return null;
  }
}

test('whatever is published, every message is stored or becomes a dead letter, and nothing stops the consumer', async () => {
  const run = await fc.check(
    fc.asyncProperty(fc.array(anyMessage, { minLength: 100, maxLength: 150 }), async (messages) => {
      await publishAll(messages);
      await eventually(async () => {
        expect(await unaccountedFor(messages)).toEqual([]);
        expect(await messagesIn(system.urls.rabbitmq, 'primary_queue')).toBe(0);
      }, 30_000);
      expect(consumer.hasExited()).toBe(false);
      expect(await call(consumer, 'GET', '/health/ready')).toEqual({ status: 200, body: { status: 'ready' } });
    }),
    // To make a batch that fails smaller would take many rounds.
    { numRuns: 10, endOnFailure: true },
  );
  // Not the messages themselves: they fill screens.
  if (run.failed) throw new Error(`failed with { seed: ${run.seed} }`, { cause: run.errorInstance });
  const [ledger] = await system.endput<{ letters: number; reasons: string[] }>(
    'select count(*)::int as letters, array_agg(distinct reason order by reason) as reasons from dead_letters',
  );
  const [orders] = await system.endput<{ stored: number }>('select count(*)::int as stored from orders');
  // Both sorts were among them, so that the property said something.
  expect(ledger?.letters).toBeGreaterThan(100);
  expect(orders?.stored).toBeGreaterThan(10);
  await eventually(async () => {
    expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(ledger?.letters);
    expect(await messagesIn(system.urls.rabbitmq, 'attempt_log')).toBe(0);
  });
});
