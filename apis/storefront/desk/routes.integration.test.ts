import { randomUUID } from 'node:crypto';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../test/harness/eventually.ts';
import { installedBroker, messagesIn } from '../../../test/harness/vhosts.ts';
import type {} from '../../../test/harness/context.ts';
import { ApiError, ErrorAnswer } from '../../http/errors.ts';
import { createHttpServer } from '../../http/http-server.ts';
import { createMetricsRegistry } from '../../http/metrics.ts';
import { DryRunAnswer, Operation, OperationMessagePage, OperationPage, Sweep } from './operation-answers.ts';
import type { Guard } from './guard.ts';
import { bodyOf, createDeskUnderTest, silent } from './letters-under-test.ts';
import { registerOperations } from './routes/operations.ts';
import { registerDeskOrders } from './routes/orders.ts';
import { registerSweep } from './routes/sweep.ts';

const PATIENCE = 60_000;

/** Who asks is in a header here; logging in is tested elsewhere. */
const guard: Guard = {
  requireRole: () => (request) =>
    request.headers.operator === undefined
      ? Promise.reject(new ApiError(401, 'LOGIN_REQUIRED', 'Log in.'))
      : Promise.resolve(),
  reading: () => Promise.resolve(),
  actorOf: (request) => ({ name: String(request.headers.operator), role: 'operator' }),
};

async function setUp() {
  const desk = await createDeskUnderTest(installedBroker());
  const registry = createMetricsRegistry({});
  const app = await createHttpServer({
    logger: silent,
    registry,
    api: { title: 'Desk', description: '', version: '0', tags: [] },
    notReady: () => Promise.resolve(undefined),
    translateError: () => undefined,
  });
  const services = { pool: desk.pool, deskPool: desk.pool, guard };
  registerDeskOrders(app, services);
  registerOperations(app, services);
  registerSweep(app, services);
  onTestFinished(async () => {
    await app.close();
    await desk.stop();
  });
  const ask = async <S extends TSchema>(
    schema: S,
    status: number,
    method: 'GET' | 'POST',
    url: string,
    payload?: object,
    operator: string | undefined = 'ada',
  ): Promise<Static<S>> => {
    const answer = await app.inject({
      method,
      url,
      ...(payload && { payload }),
      headers: operator === '' ? {} : { operator },
    });
    expect(answer.statusCode, answer.body).toBe(status);
    const body: unknown = answer.json();
    expect([...Compile(schema).Errors(body)], answer.body).toEqual([]);
    return body as Static<S>;
  };
  const refused = async (status: number, code: string, url: string, payload?: object, operator?: string) => {
    const { code: said, message } = await ask(ErrorAnswer, status, 'POST', url, payload, operator);
    expect(said).toBe(code);
    return message;
  };
  return { desk, app, ask, refused };
}

const LETTERS = '/v0/dead-letters';

test(
  'what an operator orders is answered, can be looked at, paused, resumed and cancelled, and is in the audit table',
  async () => {
    const { desk, ask, refused } = await setUp();
    const ids = await desk.addLetters(3);
    const all = { selection: { filter: { reason: 'attempts_exhausted', died_from: '2020-01-01T00:00:00Z' } } };
    expect(await ask(DryRunAnswer, 200, 'POST', `${LETTERS}/redrive`, { ...all, dry_run: true })).toMatchObject({
      count: 3,
      not_redrivable: 0,
      sources: [{ source: 'system_1', count: 3 }],
      causes: [{ count: 3 }],
    });
    expect(await ask(OperationPage, 200, 'GET', '/v0/operations')).toEqual({ operations: [], next: null });

    const redrive = await ask(Operation, 202, 'POST', `${LETTERS}/redrive`, {
      ...all,
      rate: 5,
      canary: { max_dead_share: 0.5 },
      comment: 'try',
    });
    expect(redrive).toMatchObject({
      kind: 'redrive',
      state: 'running',
      actor: 'ada',
      comment: 'try',
      filter: all.selection.filter,
      rate: 5,
      canary: { max_dead_share: 0.5, step: 1 },
      messages: { total: 3, waiting: 3, sent: 0 },
    });
    const own = `/v0/operations/${redrive.id}`;
    expect(await ask(Operation, 200, 'POST', `${own}/pause`)).toMatchObject({ state: 'paused' });
    expect(await refused(409, 'OPERATION_STATE', `${own}/pause`)).toContain('is paused');
    expect(await ask(Operation, 200, 'POST', `${own}/resume`)).toMatchObject({ state: 'running' });
    expect(await ask(Operation, 200, 'POST', `${own}/cancel`)).toMatchObject({ state: 'cancelled' });
    await refused(409, 'OPERATION_STATE', `${own}/resume`);
    await refused(404, 'OPERATION_UNKNOWN', `/v0/operations/${randomUUID()}/pause`);

    const discard = await ask(Operation, 202, 'POST', `${LETTERS}/discard`, {
      selection: { message_ids: [ids[0]?.toUpperCase() ?? ''] },
      reason: 'test data',
    });
    expect(discard).toMatchObject({ kind: 'discard', comment: 'test data', filter: null, messages: { total: 1 } });
    desk.start();
    await eventually(async () => {
      const operation = await ask(Operation, 200, 'GET', `/v0/operations/${discard.id}`);
      expect(operation).toMatchObject({ state: 'done', messages: { sent: 1, waiting: 0 } });
    }, PATIENCE);
    const first = await ask(OperationPage, 200, 'GET', '/v0/operations?limit=1');
    expect(first.operations.map(({ id }) => id)).toEqual([discard.id]);
    const second = await ask(OperationPage, 200, 'GET', `/v0/operations?after=${encodeURIComponent(first.next ?? '')}`);
    expect(second).toMatchObject({ operations: [{ id: redrive.id }], next: null });
    await ask(Sweep, 202, 'POST', `${LETTERS}/sweep`);
    await eventually(async () => {
      const sweep = await ask(Sweep, 200, 'GET', `${LETTERS}/sweep`);
      expect(sweep).toMatchObject({ wanted: false, last: { unknown: 0, stale: 0 } });
      expect(await messagesIn(desk.vhost.url, 'dlq_queue')).toBe(2);
    }, PATIENCE);
    expect(await desk.query(`select distinct actor from audit`)).toEqual([{ actor: 'ada' }]);
    expect(
      (await desk.query<{ action: string }>(`select action from audit order by id`)).map(({ action }) => action),
    ).toEqual(['redrive', 'pause', 'resume', 'cancel', 'discard', 'sweep']);
  },
  PATIENCE * 2,
);

test(
  'what cannot be done is refused with the reason, and leaves no trace',
  async () => {
    const { desk, ask, refused } = await setUp();
    const [id = ''] = await desk.addLetters(1);
    const one = { selection: { message_ids: [id] } };
    for (const what of ['redrive', 'restore']) await refused(401, 'LOGIN_REQUIRED', `${LETTERS}/${what}`, one, '');
    await refused(401, 'LOGIN_REQUIRED', `${LETTERS}/discard`, { ...one, reason: 'why' }, '');
    await refused(401, 'LOGIN_REQUIRED', `${LETTERS}/${id}/edit`, { body: bodyOf(id), cycle: 0 }, '');
    await refused(401, 'LOGIN_REQUIRED', `${LETTERS}/sweep`, undefined, '');
    for (const what of ['pause', 'resume', 'cancel'])
      await refused(401, 'LOGIN_REQUIRED', `/v0/operations/${randomUUID()}/${what}`, undefined, '');
    expect(await refused(409, 'LETTER_STATE', `${LETTERS}/restore`, one)).toContain('these are dead');
    await refused(404, 'LETTER_UNKNOWN', `${LETTERS}/redrive`, { selection: { message_ids: [randomUUID()] } });
    await refused(400, 'NOTHING_SELECTED', `${LETTERS}/redrive`, { selection: { filter: { source: 'nobody' } } });
    // What a list does not take as a time, an order does not take either.
    for (const died_from of ['soon', '5', '2026-01-01T00:00:00', 'Jan 1 2026'])
      await refused(400, 'INVALID_REQUEST', `${LETTERS}/redrive`, { selection: { filter: { died_from } } });
    await refused(400, 'INVALID_REQUEST', `${LETTERS}/redrive`, { selection: { filter: { source: 'a\0' } } });
    await refused(400, 'INVALID_REQUEST', `${LETTERS}/discard`, { ...one, reason: ' ' });

    const edit = (body: object, cycle = 0) => [`${LETTERS}/${id}/edit`, { body, cycle }] as const;
    expect(await refused(400, 'ORDER_INVALID', ...edit(bodyOf(id, '-1')))).toContain(
      'price "-1" is not a positive number',
    );
    expect(await refused(400, 'ORDER_INVALID', ...edit(bodyOf(randomUUID())))).toContain('message_id has to be');
    await refused(400, 'ORDER_INVALID', ...edit({ ...bodyOf(id), schema_version: 2 }));
    await refused(400, 'ORDER_INVALID', ...edit(bodyOf(id, '2.50', 'a\0b')));
    await refused(400, 'ORDER_INVALID', ...edit({ ...bodyOf(id), more: 'x'.repeat(300_000) }));
    expect(await refused(409, 'LETTER_CHANGED', ...edit(bodyOf(id), 3))).toContain('is at cycle 0');
    const other = randomUUID();
    await refused(404, 'LETTER_UNKNOWN', `${LETTERS}/${other}/edit`, { body: bodyOf(other), cycle: 0 });
    expect(await desk.query('select 1 from audit')).toEqual([]);
    expect(await desk.query('select 1 from desk_operation_messages')).toEqual([]);

    // A large one that is allowed goes through.
    const large = await ask(
      Operation,
      202,
      ...(['POST', ...edit({ ...bodyOf(id), more: 'x'.repeat(200_000) })] as const),
    );
    expect(large).toMatchObject({ kind: 'edit', messages: { total: 1 } });
  },
  PATIENCE * 2,
);

test(
  'a dry run that nobody waits for any more ends in endput too',
  async () => {
    const { desk, app } = await setUp();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const address = app.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const waiting = () =>
      desk.query(`select from pg_stat_activity where datname = current_database() and query like '%with fitting%'
                     and pid <> pg_backend_pid() and state = 'active'`);
    const locker = await desk.pool.connect();
    onTestFinished(() => locker.release());
    // It waits here for as long as it would take with very many letters.
    await locker.query('begin; lock table dead_letters in access exclusive mode');
    const giveUp = new AbortController();
    const asked = fetch(`http://127.0.0.1:${address.port}${LETTERS}/redrive`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', operator: 'ada' },
      body: JSON.stringify({ selection: { filter: {} }, dry_run: true }),
      signal: giveUp.signal,
    });
    asked.catch(() => undefined);
    await eventually(async () => expect(await waiting()).toHaveLength(1), PATIENCE);
    giveUp.abort();
    await eventually(async () => expect(await waiting()).toHaveLength(0), PATIENCE);
    await locker.query('rollback');
  },
  PATIENCE * 2,
);

test(
  'an edit does not store the order of a row twice, nor make a message of another row',
  async () => {
    const { desk, ask, refused } = await setUp();
    const [original = ''] = await desk.addLetters(1);
    const edit = (id: string, body: object) => [`${LETTERS}/${id}/edit`, { body, cycle: 0 }] as const;
    // A copy of it that could not be read for something else than its body is filed under its body's hash.
    const [copy = ''] = await desk.addLetters(1, { body: () => Buffer.from(JSON.stringify(bodyOf(original))) });
    expect(await refused(409, 'LETTER_IS_COPY', ...edit(copy, bodyOf(copy)))).toContain(original);
    for (const [known, insert] of [
      [
        'order',
        `insert into orders select $1, 0, 1, 'system_1', 'db', 'public', 'orders', 7, 'x', 1, true, now(), now()`,
      ],
      [
        'retry',
        `insert into retries select $1, 0, 1, now(), 'system_1', 'order', 'transient', 'x', now(), now(), null, '{}', ''`,
      ],
    ] as const) {
      const id = randomUUID();
      await desk.query(insert, [id]);
      const [other = ''] = await desk.addLetters(1, { body: () => Buffer.from(JSON.stringify(bodyOf(id))) });
      expect(await refused(409, 'LETTER_IS_COPY', ...edit(other, bodyOf(other))), known).toContain('Discard');
    }
    // The same where the id was damaged, and the order of the row is stored under its own.
    const stored = randomUUID();
    await desk.query(
      `insert into orders select $1, 0, 1, 'system_1', 'db', 'public', 'orders', 1, 'x', 1, true, '2026-01-01T00:00:00Z', now()`,
      [stored],
    );
    const [damaged = ''] = await desk.addLetters(1, {
      body: () => Buffer.from(JSON.stringify(bodyOf('of nobody'))),
    });
    expect(await refused(409, 'ORDER_STORED', ...edit(damaged, bodyOf(damaged)))).toContain(stored);
    await desk.query('delete from orders where message_id = $1', [stored]);

    const { origin, order } = bodyOf(damaged);
    for (const place of Object.keys(origin)) {
      const moved = { ...bodyOf(damaged), origin: { ...origin, [place]: 'elsewhere' } };
      expect(await refused(400, 'ORDER_OF_ANOTHER_ROW', ...edit(damaged, moved))).toContain(`origin.${place} was`);
    }
    const renumbered = { ...bodyOf(damaged), order: { ...order, id: 2 } };
    expect(await refused(400, 'ORDER_OF_ANOTHER_ROW', ...edit(damaged, renumbered))).toContain('order.id was 1');
    expect(await desk.query('select 1 from desk_operation_messages')).toEqual([]);

    // What names no valid row may be given one.
    const [nameless = ''] = await desk.addLetters(1, {
      body: (id) => Buffer.from(JSON.stringify({ ...bodyOf(id), origin: { system: 'a\0b' }, order: { id: '1' } })),
    });
    for (const id of [damaged, nameless])
      await ask(Operation, 202, 'POST', ...edit(id, { ...bodyOf(id, '9.99'), order: { ...order, price: '9.99' } }));
  },
  PATIENCE * 2,
);

test(
  'what became of each message of an operation can be looked up, and why some were left alone',
  async () => {
    const { desk, ask } = await setUp();
    const ids = await desk.addLetters(5);
    const redrive = await ask(Operation, 202, 'POST', `${LETTERS}/redrive`, { selection: { filter: {} } });
    const messages = (query: string) =>
      ask(OperationMessagePage, 200, 'GET', `/v0/operations/${redrive.id}/messages${query}`);
    expect((await messages('')).messages.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'waiting'));
    await desk.query(`update dead_letters set state = 'discarded' where message_id = any ($1::uuid[])`, [
      [ids[1], ids[3]],
    ]);
    desk.start();
    await eventually(async () => {
      expect((await ask(Operation, 200, 'GET', `/v0/operations/${redrive.id}`)).state).toBe('done');
    }, PATIENCE);
    await desk.settle(ids.slice(0, 1), 'stored');
    await desk.settle(ids.slice(4), 'dead');
    await eventually(async () => {
      const all = await messages('');
      expect(all.messages.map(({ place, message_id, state }) => [place, message_id, state])).toEqual([
        [1, ids[0], 'stored'],
        [2, ids[1], 'skipped'],
        [3, ids[2], 'sent'],
        [4, ids[3], 'skipped'],
        [5, ids[4], 'dead_again'],
      ]);
    }, PATIENCE);
    const first = await messages('?state=skipped&limit=1');
    expect(first.messages).toMatchObject([
      { place: 2, skipped_because: 'it is discarded meanwhile', acted_at: null, cycle: 0, attempt: 5 },
    ]);
    const second = await messages(`?state=skipped&limit=1&after=${first.next ?? ''}`);
    expect(second).toMatchObject({ messages: [{ place: 4 }], next: null });
    const [again] = (await messages('?state=dead_again')).messages;
    expect(again).toMatchObject({ message_id: ids[4], skipped_because: null, error_message: 'the shop is closed' });
    expect(Date.parse(again?.acted_at ?? '')).toBeGreaterThanOrEqual(Date.parse(redrive.ordered_at));
    expect((await messages('?state=marked')).messages).toEqual([]);

    const wrong = async (status: number, code: string, url: string) =>
      expect((await ask(ErrorAnswer, status, 'GET', url)).code).toBe(code);
    await wrong(400, 'INVALID_REQUEST', `/v0/operations/${redrive.id}/messages?state=lost`);
    await wrong(400, 'INVALID_REQUEST', `/v0/operations/${redrive.id}/messages?after=x`);
    await wrong(404, 'OPERATION_UNKNOWN', `/v0/operations/${randomUUID()}/messages`);
  },
  PATIENCE * 2,
);

test(
  'what endput cannot keep or read is refused with what to do, and endput is not called away',
  async () => {
    const { desk, ask, refused } = await setUp();
    const [id = ''] = await desk.addLetters(1);
    const selection = { message_ids: [id] };
    for (const text of ['a\0b', 'half of \ud83d', '\udc4d']) {
      const said = await Promise.all([
        refused(400, 'INVALID_REQUEST', `${LETTERS}/redrive`, { selection, comment: text }),
        refused(400, 'INVALID_REQUEST', `${LETTERS}/discard`, { selection, reason: text }),
        refused(400, 'INVALID_REQUEST', `${LETTERS}/restore`, { selection, comment: text }),
        refused(400, 'INVALID_REQUEST', `${LETTERS}/${id}/edit`, { body: bodyOf(id), cycle: 0, comment: text }),
        refused(400, 'INVALID_REQUEST', `${LETTERS}/redrive`, { selection: { filter: { source: text } } }),
        refused(400, 'INVALID_REQUEST', `${LETTERS}/discard`, {
          selection: { filter: { product: text } },
          reason: 'x',
        }),
      ]);
      for (const message of said) expect(message).toMatch(/ leave that out/);
    }
    const after = (at: string) => `/v0/operations?after=${encodeURIComponent(`${at}~${id}`)}`;
    for (const at of [
      '2026-02-31 00:00:00+00',
      '0000-01-01 00:00:00+00',
      '2026-01-01 25:00:00+00',
      '2026-01-01 00:00:00+99',
    ]) {
      const { code, message } = await ask(ErrorAnswer, 400, 'GET', after(at));
      expect([code, message]).toEqual(['INVALID_REQUEST', expect.stringContaining(': correct that value.')]);
    }
    expect(await ask(OperationPage, 200, 'GET', after('2026-01-01 00:00:00+00'))).toEqual({
      operations: [],
      next: null,
    });
    expect(await desk.query('select from audit')).toEqual([]);
    // Whole characters of any kind are kept.
    const kept = await ask(Operation, 202, 'POST', `${LETTERS}/redrive`, { selection, comment: 'tea 🍵' });
    expect(kept.comment).toBe('tea 🍵');
  },
  PATIENCE,
);
