import { expect, onTestFinished, test } from 'vitest';
import { followOutcomes } from '../../../db/endput/desk-outcomes.ts';
import { readOperation, type OperationKind } from '../../../db/endput/desk-operations.ts';
import { orderOperation } from '../../../db/endput/desk-orders.ts';
import { takeStep } from '../../../db/endput/desk-steps.ts';
import { readLetterHistory } from '../../../db/endput/letter-history.ts';
import { readOperationMessages, type OperationMessageState } from '../../../db/endput/operation-messages.ts';
import type { PoolClient } from '../../../db/pool.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { installedBroker } from '../../../test/harness/vhosts.ts';
import type {} from '../../../test/harness/context.ts';
import { isRedrivable, sourceOf } from './letter-publications.ts';
import { createDeskUnderTest, type DeskUnderTest } from './letters-under-test.ts';

const PATIENCE = 120_000;

async function setUp() {
  const desk = await createDeskUnderTest(installedBroker());
  onTestFinished(() => desk.stop());
  return desk;
}

async function order(desk: DeskUnderTest, kind: Exclude<OperationKind, 'edit'>, messageIds: readonly string[]) {
  const asked = { selection: { messageIds }, asked: null, actor: 'ada', comment: null, rate: null, maxDeadShare: null };
  const operation = await orderOperation(desk.pool, { kind, ...asked });
  if (operation === undefined) throw new Error('nothing fits');
  return operation;
}

/** Takes a step of at most `limit` letters, without publishing them. */
async function take(desk: DeskUnderTest, id: string, limit: number) {
  const client = await desk.pool.connect();
  try {
    return await takeStep(client, id, { confirmed: undefined, limit, bytes: 1_000_000, isRedrivable, sourceOf });
  } finally {
    client.release();
  }
}

const places = async (desk: DeskUnderTest, id: string, state?: OperationMessageState) =>
  (await readOperationMessages(desk.pool, id, { state, after: 0, limit: 100 }))?.map((row) => [
    row.place,
    row.state,
    row.actedAt !== null,
  ]);

test(
  'letters that somebody changes while they are taken are looked at again: taken as they are then, or skipped',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(4);
    const [, discarded, mended] = ids;
    const redrive = await order(desk, 'redrive', ids);
    const other: PoolClient = await desk.pool.connect();
    onTestFinished(() => other.release());
    await other.query('begin');
    await other.query(`update dead_letters set state = 'discarded' where message_id = $1`, [discarded]);
    await other.query(`update dead_letters set source = 'system_2' where message_id = $1`, [mended]);
    const taking = take(desk, redrive.id, 10);
    // It has read them as they were, and waits to change them.
    await eventually(
      async () =>
        expect(
          await desk.query(
            `select 1 from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock' and query like 'update dead_letters%'`,
          ),
        ).toHaveLength(1),
      PATIENCE,
    );
    await other.query('commit');
    const { step } = await taking;
    expect(step?.letters.map(({ seq, source, cycle }) => [seq, source, cycle])).toEqual([
      [1, 'system_1', 1],
      [3, 'system_2', 1],
      [4, 'system_1', 1],
    ]);
    expect(await desk.query('select state, cycle from dead_letters order by died_at')).toEqual([
      { state: 'redriving', cycle: 1 },
      { state: 'discarded', cycle: 0 },
      { state: 'redriving', cycle: 1 },
      { state: 'redriving', cycle: 1 },
    ]);
    expect(await readOperation(desk.pool, redrive.id)).toMatchObject({ taken: 4, skipped: 1 });
    expect(await readOperationMessages(desk.pool, redrive.id, { state: 'skipped', after: 0, limit: 10 })).toMatchObject(
      [{ place: 2, skippedBecause: 'it is discarded meanwhile' }],
    );
  },
  PATIENCE * 2,
);

test(
  'what became of each message follows from how far its operation has come',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(4);
    const redrive = await order(desk, 'redrive', ids);
    await desk.query(`update dead_letters set state = 'discarded' where message_id = $1`, [ids[1]]);
    await take(desk, redrive.id, 3);
    const [sent1, skipped, sent3] = [
      [1, 'sent', true],
      [2, 'skipped', false],
      [3, 'sent', true],
    ];
    expect(await places(desk, redrive.id)).toEqual([sent1, skipped, sent3, [4, 'waiting', false]]);
    expect(await places(desk, redrive.id, 'sent')).toEqual([sent1, sent3]);
    expect(await places(desk, redrive.id, 'waiting')).toEqual([[4, 'waiting', false]]);
    expect(await places(desk, redrive.id, 'marked')).toEqual([]);
    const histories = await Promise.all(ids.map((id) => readLetterHistory(desk.pool, id)));
    expect(histories.map((history) => history.map(({ action }) => action))).toEqual([
      ['redriven'],
      [],
      ['redriven'],
      [],
    ]);

    const discard = await order(desk, 'discard', ids.slice(3));
    await take(desk, discard.id, 3);
    expect(await places(desk, discard.id, 'marked')).toEqual([[1, 'marked', true]]);
    expect(await places(desk, discard.id, 'sent')).toEqual([]);
  },
  PATIENCE,
);

test(
  'an operation that was under way before steps were kept is followed to its end, and its history stays',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(3);
    const redrive = await order(desk, 'redrive', ids);
    await take(desk, redrive.id, 2);
    await desk.query(
      `with forgotten as (delete from desk_operation_steps)
       update desk_operation_messages set state = 'sent', acted_at = '2026-01-01Z' where seq <= 2`,
    );
    desk.start();
    await eventually(
      async () => expect(await readOperation(desk.pool, redrive.id)).toMatchObject({ state: 'done', sent: 3 }),
      PATIENCE,
    );
    expect(await places(desk, redrive.id, 'sent')).toEqual([1, 2, 3].map((place) => [place, 'sent', true]));
    const [first = '', second = '', third = ''] = ids;
    const [event] = await readLetterHistory(desk.pool, first);
    expect(event?.at).toEqual(new Date('2026-01-01Z'));
    await desk.settle([first, third], 'stored');
    await desk.settle([second], 'dead');
    await eventually(
      async () => expect(await readOperation(desk.pool, redrive.id)).toMatchObject({ stored: 2, deadAgain: 1 }),
      PATIENCE,
    );
    expect((await places(desk, redrive.id))?.map(([, state]) => state)).toEqual(['stored', 'dead_again', 'stored']);
  },
  PATIENCE,
);

test(
  'a discard has no outcomes to look for',
  async () => {
    const desk = await setUp();
    const discard = await order(desk, 'discard', await desk.addLetters(2));
    desk.start();
    await eventually(
      async () => expect(await readOperation(desk.pool, discard.id)).toMatchObject({ state: 'done', sent: 2 }),
      PATIENCE,
    );
    const client = await desk.pool.connect();
    onTestFinished(() => client.release());
    expect(await followOutcomes(client, discard.id, 0, 10)).toEqual({ looked: 0, found: 0, at: 0 });
  },
  PATIENCE,
);

test(
  'the outcome of a letter that is gone, or whose order the ledger missed, is found all the same',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(6);
    const [missed, goneStored, gone, goneRetried, diedSince] = ids;
    const redrive = await order(desk, 'redrive', ids);
    await take(desk, redrive.id, 10);
    await desk.query('update desk_operations set confirmed = taken, sent = taken');
    await desk.query(
      `insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource,
                           table_resource, source_id, product, price, security_check, created_at)
       select id, 1, 1, now(), 'system_1', 'db', 'public', 'orders', 1, 'Tea', 2, true, now() from unnest($1::uuid[]) id`,
      [[missed, goneStored, diedSince]],
    );
    await desk.query(
      `insert into retries (message_id, cycle, attempt, failed_at, first_failed_at, due_at, source, error_kind, error_message,
                            headers, body, type)
       select message_id, 1, 1, now(), now(), now(), source, error_kind, error_message, headers, body, type
         from dead_letters where message_id = $1`,
      [goneRetried],
    );
    await desk.query('delete from dead_letters where message_id = any ($1::uuid[])', [[goneStored, gone, goneRetried]]);
    // Stored by a later redrive.
    await desk.query(`update dead_letters set cycle = 2 where message_id = $1`, [diedSince]);
    const client = await desk.pool.connect();
    onTestFinished(() => client.release());
    const outcomes = async () => {
      await followOutcomes(client, redrive.id, 0, 10);
      return (await places(desk, redrive.id))?.map(([, state]) => state);
    };
    // What is gone may still be on its way.
    expect(await outcomes()).toEqual(['stored', 'stored', 'sent', 'sent', 'dead_again', 'sent']);
    await desk.query(`update desk_operation_steps set acted_at = acted_at - interval '11 minutes'`);
    expect(await outcomes()).toEqual(['stored', 'stored', 'dead_again', 'sent', 'dead_again', 'sent']);
    expect(await readOperation(desk.pool, redrive.id)).toMatchObject({ sent: 6, stored: 2, deadAgain: 2 });
    await desk.query('delete from retries');
    await desk.settle(ids.slice(-1), 'stored');
    expect(await outcomes()).toEqual(['stored', 'stored', 'dead_again', 'dead_again', 'dead_again', 'stored']);
    expect(await desk.query('select active from desk_operations')).toEqual([{ active: true }]);
    await desk.query(`update desk_operations set state = 'done'`);
    expect(await desk.query('select active from desk_operations')).toEqual([{ active: false }]);
  },
  PATIENCE,
);
