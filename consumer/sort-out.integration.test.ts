import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { ConsumeMessage } from 'amqplib';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEndputPool } from '../db/endput/pool.ts';
import { migrate } from '../db/migrate.ts';
import type { Pool } from '../db/pool.ts';
import { bodyMessageId } from '../rabbitmq/order-message.ts';
import { createDatabase } from '../test/harness/databases.ts';
import { orderDelivery } from '../test/harness/deliveries.ts';
import { decode } from './decode.ts';
import { createConsumerMetrics } from './metrics.ts';
import { createOutageHold } from './outage-hold.ts';
import { retryPolicyOf } from './retry-policy.ts';
import { sortOut } from './sort-out.ts';

const logger = pino({ level: 'silent' });
let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.url, fileURLToPath(new URL('../db/endput/migrations', import.meta.url)), logger);
  pool = createEndputPool(database.url, { name: 'test', logger });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const sort = (deliveries: ConsumeMessage[]) =>
  sortOut(deliveries.map(decode), {
    pool,
    hold: createOutageHold({ limit: 1_000, cutOff: new AbortController().signal, logger, onOutage: () => undefined }),
    policy: retryPolicyOf(5, '10s'),
    metrics: createConsumerMetrics(),
    onEarly: () => undefined,
  });

const unreadable = (messageId: string) =>
  ({
    content: Buffer.from(JSON.stringify({ message_id: messageId, schema_version: 7 })),
    fields: { redelivered: false },
    properties: { messageId, type: 'order', headers: { attempt: 1, cycle: 0 } },
  }) as unknown as ConsumeMessage;

/** A letter that was edited at cycle 0, having died of `reason`, and died of something else since. */
async function addEdited(reason: string): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `insert into dead_letters (message_id, cycle, attempt, source, type, reason, error_kind, error_message, first_seen_at,
                               died_at, headers, body)
     values ($1, 1, 5, 'system_1', 'order', 'attempts_exhausted', 'transient', 'why', now(), now(), '{}', '{}')`,
    [id],
  );
  await pool.query(
    `with edit as (
       insert into desk_operations (id, kind, state, actor, total, taken, confirmed, sent, dead_again)
       values (gen_random_uuid(), 'edit', 'done', 'ada', 1, 1, 1, 1, 1) returning id
     )
     insert into desk_operation_messages (operation, seq, message_id, cycle, attempt, reason, error_kind, error_message, state)
     select id, 1, $1, 0, 1, $2, 'invalid_message', 'why', 'dead_again' from edit`,
    [id, reason],
  );
  return id;
}

test('an old unreadable copy of an edited message changes nothing, whatever its letter has died of since', async () => {
  const id = await addEdited('invalid_message');
  const sorted = await sort([unreadable(id)]);
  expect(sorted.stale.map(({ messageId }) => messageId)).toEqual([id]);
  expect(sorted.toRun).toEqual([]);
});

test('an unreadable message under the id of one that could be read is filed by its body, and does not vanish', async () => {
  const id = await addEdited('attempts_exhausted');
  const delivery = unreadable(id);
  const sorted = await sort([delivery]);
  expect(sorted.stale).toEqual([]);
  expect(sorted.toRun.map(({ messageId }) => messageId)).toEqual([bodyMessageId(delivery.content)]);
});

/** A letter that died at attempt 5 of cycle 0, and on which an operator acted since. */
async function addActedOn(
  kind: 'redrive' | 'discard',
  ledger: { cycle: number; attempt: number; state: string; diedAt: string },
) {
  const id = randomUUID();
  await pool.query(
    `insert into dead_letters (message_id, cycle, attempt, source, type, reason, error_kind, error_message, first_seen_at,
                               died_at, headers, body, state)
     values ($1, $2, $3, 'system_1', 'order', 'attempts_exhausted', 'transient', 'late', $4, $4, '{"attempt": 5}', '{}', $5)`,
    [id, ledger.cycle, ledger.attempt, ledger.diedAt, ledger.state],
  );
  await pool.query(
    `with operation as (
       insert into desk_operations (id, kind, state, actor, total, taken, confirmed, sent)
       values (gen_random_uuid(), $2, 'done', 'ada', 1, 1, 1, 1) returning id
     )
     insert into desk_operation_messages
       (operation, seq, message_id, cycle, attempt, reason, error_kind, error_message, state, acted_at)
     select id, 1, $1, 0, 5, 'attempts_exhausted', 'transient', 'down', 'sent', $3 from operation`,
    [id, kind, ACTED_AT],
  );
  return id;
}
const DIED_AT = '2026-05-01T10:00:00.000Z';
const ACTED_AT = '2026-05-01T10:00:05.000Z';
const DIED_ANEW_AT = '2026-05-01T10:07:00.000Z';

const lastAttempt = (messageId: string, earlier = 1) => orderDelivery(messageId, { attempt: 5, earlier });

test.each([
  ['redriven', 'redrive', { cycle: 1, attempt: 0, state: 'redriving', diedAt: DIED_AT }, DIED_AT],
  ['discarded', 'discard', { cycle: 0, attempt: 5, state: 'discarded', diedAt: DIED_AT }, DIED_AT],
  ['redriven and has died anew', 'redrive', { cycle: 1, attempt: 5, state: 'dead', diedAt: DIED_ANEW_AT }, ACTED_AT],
] as const)(
  'a letter that was %s before its last attempt was on record leaves that attempt to be recorded',
  async (_, kind, ledger, at) => {
    const id = await addActedOn(kind, ledger);
    const sorted = await sort([lastAttempt(id)]);
    expect(sorted).toMatchObject({ toRun: [], toFinish: [], stale: [{ messageId: id }] });
    expect(sorted.toRecord).toMatchObject([
      {
        position: { cycle: 0, attempt: 5 },
        at: new Date(at),
        what: { outcome: 'dead', reason: 'attempts_exhausted', error: { kind: 'transient', message: 'down' } },
      },
    ]);
  },
);

test('a copy of such a letter that was never delivered before has nothing to record', async () => {
  const id = await addActedOn('redrive', { cycle: 1, attempt: 0, state: 'redriving', diedAt: DIED_AT });
  const sorted = await sort([lastAttempt(id, 0)]);
  expect(sorted).toMatchObject({ toRun: [], toFinish: [], toRecord: [], stale: [{ messageId: id }] });
});
