import { describe, expect, onTestFinished, test } from 'vitest';
import { orderEdit } from '../../../db/endput/desk-edits.ts';
import { orderOperation, previewOrder, type DeskOrder } from '../../../db/endput/desk-orders.ts';
import { changeOperation, readOperation, type DeskOperation } from '../../../db/endput/desk-operations.ts';
import { readLetterHistory } from '../../../db/endput/letter-history.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { eachBroker, installedBroker, messagesIn } from '../../../test/harness/vhosts.ts';
import type {} from '../../../test/harness/context.ts';
import { editedBody } from './edited-body.ts';
import { bodyOf, createDeskUnderTest, type DeskUnderTest } from './letters-under-test.ts';

const PATIENCE = 120_000;
const ALL = { selection: { filter: {} }, asked: {} };
const orderOf = (more: Partial<DeskOrder> = {}): DeskOrder => ({
  kind: 'redrive',
  ...ALL,
  actor: 'ada',
  comment: null,
  rate: null,
  maxDeadShare: null,
  ...more,
});
async function order(desk: DeskUnderTest, more: Partial<DeskOrder> = {}): Promise<DeskOperation> {
  const operation = await orderOperation(desk.pool, orderOf(more));
  if (operation === undefined) throw new Error('nothing fits');
  return operation;
}
const until = (desk: DeskUnderTest, { id }: DeskOperation, wanted: Partial<DeskOperation>) =>
  eventually(async () => {
    const operation = await readOperation(desk.pool, id);
    expect(operation).toMatchObject(wanted);
    return operation;
  }, PATIENCE);
async function setUp(broker = installedBroker()) {
  const desk = await createDeskUnderTest(broker);
  onTestFinished(() => desk.stop());
  return desk;
}

describe.each(eachBroker())('$title', ({ broker }) => {
  test.skipIf(!broker)(
    'a redrive publishes each of its frozen set once, one cycle higher, and follows what becomes of them',
    async () => {
      const desk = await setUp(broker);
      const ids = await desk.addLetters(1_200);
      const redrive = await order(desk, { comment: 'the shop is open' });
      const later = await desk.addLetters(3);
      desk.start();
      await until(desk, redrive, { state: 'done', sent: 1_200, skipped: 0, stored: 0, deadAgain: 0 });
      const published = await desk.taken('primary_queue');
      expect(published).toEqual(ids.map((id) => ({ id, cycle: 1, attempt: 1 })));
      expect(await desk.query('select state, count(*)::int as n from dead_letters group by 1 order by 1')).toEqual([
        { state: 'dead', n: 3 },
        { state: 'redriving', n: 1_200 },
      ]);

      // Outcomes come in after it is done; one that was redriven again had died before.
      await desk.settle(ids.slice(0, 1_000), 'stored');
      await desk.settle(ids.slice(1_000), 'dead');
      const again = await order(desk, { selection: { messageIds: ids.slice(1_100, 1_200) }, asked: null });
      await until(desk, redrive, { stored: 1_000, deadAgain: 200 });
      await until(desk, again, { state: 'done', sent: 100 });
      expect((await desk.taken('primary_queue')).map(({ cycle }) => cycle)).toEqual(
        Array.from({ length: 100 }, () => 2),
      );
      await eventually(async () =>
        expect(await desk.query(`select id from desk_operations where active`)).toEqual([{ id: again.id }]),
      );
      const history = await readLetterHistory(desk.pool, ids[1_150] ?? '');
      expect(history).toMatchObject([
        {
          action: 'redriven',
          actor: 'ada',
          comment: 'the shop is open',
          operationId: redrive.id,
          before: { cycle: 0, attempt: 5 },
        },
        {
          action: 'redriven',
          operationId: again.id,
          before: { cycle: 1, attempt: 5, error_message: 'the shop is closed' },
        },
      ]);
      expect(await readLetterHistory(desk.pool, later[0] ?? '')).toEqual([]);
      expect(await desk.query('select actor, action from audit order by id')).toEqual([
        { actor: 'ada', action: 'redrive' },
        { actor: 'ada', action: 'redrive' },
      ]);
    },
    PATIENCE * 2,
  );
});

test(
  'two operations about the same letters send each of them once',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(700);
    const [one, other] = await Promise.all([order(desk), order(desk)]);
    desk.start();
    desk.start();
    const [a, b] = await Promise.all([until(desk, one, { state: 'done' }), until(desk, other, { state: 'done' })]);
    expect((a?.sent ?? 0) + (b?.sent ?? 0)).toBe(700);
    expect((a?.skipped ?? 0) + (b?.skipped ?? 0)).toBe(700);
    const published = await desk.taken('primary_queue');
    expect(published.map(({ id }) => id).sort()).toEqual([...ids].sort());
  },
  PATIENCE,
);

test(
  'what cannot be redriven is left alone with the reason, and a dry run tells of it',
  async () => {
    const desk = await setUp();
    const [good = ''] = await desk.addLetters(1);
    const [foreign = ''] = await desk.addLetters(1, { body: () => Buffer.from('{"message_id":"of another"}') });
    const [stored = ''] = await desk.addLetters(1);
    await desk.query(
      `insert into orders select $1, 0, 1, 'system_1', 'db', 'public', 'orders', 1, 'x', 1, true, now(), now()`,
      [stored],
    );
    await desk.query(`update dead_letters set source = 'unknown' where message_id = $1`, [foreign]);
    expect(await previewOrder(desk.pool, 'redrive', { filter: {} })).toMatchObject({
      count: 3,
      notRedrivable: 1,
      sources: [
        { source: 'system_1', count: 2 },
        { source: 'unknown', count: 1 },
      ],
    });
    const redrive = await order(desk);
    desk.start();
    await until(desk, redrive, { state: 'done', total: 3, sent: 1, skipped: 2 });
    expect(await desk.taken('primary_queue')).toEqual([{ id: good, cycle: 1, attempt: 1 }]);
    const skipped = await desk.query<{ message_id: string; skipped_because: string }>(
      `select message_id, skipped_because from desk_operation_messages where state = 'skipped' order by seq`,
    );
    expect(skipped).toEqual([
      { message_id: foreign, skipped_because: 'its body does not claim to be this message: edit it' },
      { message_id: stored, skipped_because: 'its order is stored' },
    ]);
    expect(await orderOperation(desk.pool, orderOf({ selection: { filter: { source: 'nobody' } } }))).toBeUndefined();

    // An edit gives it a body that claims to be it.
    const edit = {
      messageId: foreign,
      cycle: 0,
      ...editedBody(foreign, bodyOf(foreign)),
      actor: 'ada',
      comment: null,
    };
    const { body } = edit;
    expect(await orderEdit(desk.pool, { ...edit, cycle: 1 })).toMatchObject({ refused: 'cycle', cycle: 0 });
    expect(await orderEdit(desk.pool, { ...edit, messageId: good })).toMatchObject({ refused: 'state' });
    const edited = await orderEdit(desk.pool, edit);
    if ('refused' in edited) throw new Error(edited.refused);
    await until(desk, edited, { state: 'done', sent: 1 });
    expect(
      await desk.query('select source, body, cycle, state from dead_letters where message_id = $1', [foreign]),
    ).toEqual([{ source: 'system_1', body, cycle: 1, state: 'redriving' }]);
    expect(await readLetterHistory(desk.pool, foreign)).toMatchObject([
      { action: 'edited', bodyBefore: Buffer.from('{"message_id":"of another"}'), bodyAfter: body },
    ]);
  },
  PATIENCE,
);

test(
  'a canary stops when more than the allowed share of a step dies again, and goes on with the next step',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(150);
    const canary = await order(desk, { maxDeadShare: 0.2 });
    desk.start();
    await until(desk, canary, { sent: 1, state: 'running', canaryStep: 1 });
    await desk.settle(ids.slice(0, 1), 'dead');
    const stopped = await until(desk, canary, { state: 'stopped', sent: 1, deadAgain: 1 });
    expect(stopped?.stateReason).toBe(
      '1 of the 1 messages of this step died again (100 %, 20 % may); most often: the shop is closed',
    );
    await changeOperation(desk.pool, canary.id, 'resume', 'ada');
    await until(desk, canary, { state: 'running', sent: 11, canaryStep: 10, stateReason: null });
    await desk.settle(ids.slice(1, 9), 'stored');
    await desk.settle(ids.slice(9, 11), 'dead');
    // 2 of 10 are not more than 20 %.
    await until(desk, canary, { sent: 111, canaryStep: 100, stored: 8, deadAgain: 3 });
    await desk.settle(ids.slice(11, 111), 'stored');
    await until(desk, canary, { state: 'done', sent: 150, stored: 108 });
    expect(await desk.taken('primary_queue')).toHaveLength(150);
  },
  PATIENCE,
);

test(
  'what a canary leaves alone is no part of its steps: the next one comes only after outcomes of the whole step',
  async () => {
    const desk = await setUp();
    const foreign = await desk.addLetters(350, { body: () => Buffer.from('{"message_id":"of another"}') });
    await desk.query(`update dead_letters set died_at = died_at - interval '1 hour'`);
    const ids = await desk.addLetters(60);
    const canary = await order(desk, { maxDeadShare: 0 });
    // Within the second step others have discarded some.
    await desk.query(`update dead_letters set state = 'discarded' where message_id = any ($1::uuid[])`, [
      ids.slice(2, 20),
    ]);
    desk.start();
    await until(desk, canary, { state: 'running', sent: 1, skipped: foreign.length, canaryStep: 1 });
    await desk.settle(ids.slice(0, 1), 'stored');
    await until(desk, canary, { sent: 11, skipped: foreign.length + 18, canaryStep: 10, taken: 379 });
    await desk.settle([...ids.slice(1, 2), ...ids.slice(20, 28)], 'stored');
    await until(desk, canary, { state: 'running', sent: 11, stored: 10, canaryStep: 10 });
    await desk.settle(ids.slice(28, 29), 'dead');
    const stopped = await until(desk, canary, { state: 'stopped', sent: 11, deadAgain: 1 });
    expect(stopped?.stateReason).toContain('1 of the 10 messages of this step died again');
    expect(await desk.taken('primary_queue')).toHaveLength(11);
  },
  PATIENCE,
);

test(
  'an operation rests when it is paused, goes on when it is resumed, and leaves the rest alone when it is cancelled',
  async () => {
    const desk = await setUp();
    await desk.addLetters(400);
    const slow = await order(desk, { rate: 20 });
    desk.start();
    await eventually(async () => expect((await readOperation(desk.pool, slow.id))?.sent).toBeGreaterThan(0), PATIENCE);
    expect((await changeOperation(desk.pool, slow.id, 'pause', 'ada'))?.changed).toBe(true);
    const rested = await eventually(async () => {
      const operation = await readOperation(desk.pool, slow.id);
      expect(operation?.confirmed).toBe(operation?.taken);
      return operation?.sent ?? 0;
    }, PATIENCE);
    expect(rested).toBeLessThan(400);
    expect(await messagesIn(desk.vhost.url, 'primary_queue')).toBe(rested);
    expect((await changeOperation(desk.pool, slow.id, 'pause', 'ada'))?.changed).toBe(false);
    await changeOperation(desk.pool, slow.id, 'resume', 'ada');
    await eventually(
      async () => expect((await readOperation(desk.pool, slow.id))?.sent).toBeGreaterThan(rested),
      PATIENCE,
    );
    await changeOperation(desk.pool, slow.id, 'cancel', 'ada');
    const ended = await eventually(async () => {
      const operation = await readOperation(desk.pool, slow.id);
      expect(operation?.confirmed).toBe(operation?.taken);
      return operation;
    }, PATIENCE);
    expect(ended).toMatchObject({ state: 'cancelled' });
    const [left] = await desk.query<{ n: number }>(`select count(*)::int as n from dead_letters where state = 'dead'`);
    expect(left?.n).toBe(400 - (ended?.sent ?? 0));
    expect((await changeOperation(desk.pool, slow.id, 'resume', 'ada'))?.changed).toBe(false);
  },
  PATIENCE,
);

test(
  'a discarded letter stays where it is, and a restored one is published to the mirror one cycle higher',
  async () => {
    const desk = await setUp();
    const ids = await desk.addLetters(3);
    const discard = await order(desk, { kind: 'discard', comment: 'test data' });
    desk.start();
    await until(desk, discard, { state: 'done', sent: 3 });
    expect(await desk.query('select distinct state, cycle, attempt from dead_letters')).toEqual([
      { state: 'discarded', cycle: 0, attempt: 5 },
    ]);
    const restore = await order(desk, { kind: 'restore' });
    await until(desk, restore, { state: 'done', sent: 3 });
    expect(await desk.query('select distinct state, cycle, attempt from dead_letters')).toEqual([
      { state: 'dead', cycle: 1, attempt: 5 },
    ]);
    expect((await readLetterHistory(desk.pool, ids[0] ?? '')).map(({ action }) => action)).toEqual([
      'discarded',
      'restored',
    ]);
    await eventually(async () => expect(await messagesIn(desk.vhost.url, 'dlq_queue')).toBe(3), PATIENCE);
    expect(await messagesIn(desk.vhost.url, 'primary_queue')).toBe(0);
  },
  PATIENCE,
);
