import { expect, onTestFinished, test } from 'vitest';
import { orderEdit } from '../../../db/endput/desk-edits.ts';
import { readOperation, type DeskOperation, type OperationKind } from '../../../db/endput/desk-operations.ts';
import { orderOperation } from '../../../db/endput/desk-orders.ts';
import { takeStep } from '../../../db/endput/desk-steps.ts';
import { readLetterHistory } from '../../../db/endput/letter-history.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { startTcpProxy, through } from '../../../test/harness/tcp-proxy.ts';
import { installedBroker } from '../../../test/harness/vhosts.ts';
import type {} from '../../../test/harness/context.ts';
import { editedBody } from './edited-body.ts';
import { isRedrivable, sourceOf } from './letter-publications.ts';
import { bodyOf, createDeskUnderTest, type DeskUnderTest } from './letters-under-test.ts';

const PATIENCE = 120_000;

async function setUp() {
  const desk = await createDeskUnderTest(installedBroker());
  onTestFinished(() => desk.stop());
  return desk;
}

const until = (desk: DeskUnderTest, { id }: DeskOperation, wanted: Partial<DeskOperation>) =>
  eventually(async () => expect(await readOperation(desk.pool, id)).toMatchObject(wanted), PATIENCE);

async function order(desk: DeskUnderTest, kind: OperationKind, messageIds: string[], rate: number | null = null) {
  if (kind !== 'edit') {
    const asked = { selection: { messageIds }, asked: null, actor: 'ada', comment: null, rate, maxDeadShare: null };
    const operation = await orderOperation(desk.pool, { kind, ...asked });
    if (operation === undefined) throw new Error('nothing fits');
    return operation;
  }
  const [messageId = ''] = messageIds;
  const body = editedBody(messageId, bodyOf(messageId, '9.99'));
  const edit = await orderEdit(desk.pool, { messageId, cycle: 0, ...body, actor: 'ada', comment: null });
  if ('refused' in edit) throw new Error(edit.refused);
  return edit;
}

const ACTIONS = { redrive: 'redriven', edit: 'edited', discard: 'discarded', restore: 'restored' };
const AFTER = {
  redrive: { state: 'redriving', cycle: 1, queue: 'primary_queue', published: { cycle: 1, attempt: 1 } },
  edit: { state: 'redriving', cycle: 1, queue: 'primary_queue', published: { cycle: 1, attempt: 1 } },
  discard: { state: 'discarded', cycle: 0, queue: 'dlq_queue', published: undefined },
  restore: { state: 'dead', cycle: 1, queue: 'dlq_queue', published: { cycle: 1, attempt: 5 } },
};

test.each(['redrive', 'edit', 'discard', 'restore'] as const)(
  'a %s whose process died after it had changed the ledger is finished by the next one, once',
  async (kind) => {
    const desk = await setUp();
    const [id = ''] = await desk.addLetters(1);
    if (kind === 'restore') await desk.query(`update dead_letters set state = 'discarded'`);
    const operation = await order(desk, kind, [id]);
    const client = await desk.pool.connect();
    const options = { confirmed: undefined, limit: 10, bytes: 1_000_000, isRedrivable, sourceOf };
    const { step } = await takeStep(client, operation.id, options);
    client.release();
    expect(step?.letters.map(({ messageId }) => messageId)).toEqual([id]);
    expect(await readOperation(desk.pool, operation.id)).toMatchObject({ taken: 1, confirmed: 0, sent: 0 });

    desk.start();
    await until(desk, operation, { state: 'done', sent: 1, skipped: 0 });
    const { state, cycle, queue, published } = AFTER[kind];
    expect(await desk.query('select state, cycle from dead_letters')).toEqual([{ state, cycle }]);
    expect((await readLetterHistory(desk.pool, id)).map(({ action }) => action)).toEqual([ACTIONS[kind]]);
    // The sweep that follows finds what a restore has published there, and adds nothing.
    await eventually(
      async () => expect(await desk.query('select wanted from dead_letter_sweep where served < wanted')).toEqual([]),
      PATIENCE,
    );
    expect(await desk.taken(queue)).toEqual(published ? [{ id, ...published }] : []);
  },
  PATIENCE,
);

test(
  'an operation waits while the broker is away, says so, and goes on by itself without losing or doubling a position',
  async () => {
    const desk = await setUp();
    const proxy = await startTcpProxy(Number(new URL(desk.vhost.url).port));
    onTestFinished(() => proxy.close());
    const ids = await desk.addLetters(300);
    const redrive = await order(desk, 'redrive', ids, 200);
    desk.start({}, through(proxy, desk.vhost.url));
    await eventually(
      async () => expect((await readOperation(desk.pool, redrive.id))?.sent).toBeGreaterThan(0),
      PATIENCE,
    );
    proxy.cut();
    await eventually(async () => {
      const operation = await readOperation(desk.pool, redrive.id);
      expect(operation?.state).toBe('running');
      expect(operation?.stateReason).toContain('waits: the broker is away');
    }, PATIENCE);
    const meanwhile = await readOperation(desk.pool, redrive.id);
    expect(meanwhile?.sent).toBeLessThan(300);
    proxy.restore();
    await until(desk, redrive, { state: 'done', sent: 300, skipped: 0, stateReason: null });
    const published = await desk.taken('primary_queue');
    // A copy has the position of the first one, so a consumer settles one of them.
    const positions = new Set(published.map(({ id, cycle, attempt }) => `${id} ${cycle} ${attempt}`));
    expect(positions).toEqual(new Set(ids.map((id) => `${id} 1 1`)));
  },
  PATIENCE,
);
