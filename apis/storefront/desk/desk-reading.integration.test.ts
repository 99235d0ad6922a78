import { randomUUID } from 'node:crypto';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { showBalance } from '../../../local/balance.ts';
import { queryOnce } from '../../../test/harness/databases.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import type { OurProcess } from '../../../test/harness/processes.ts';
import { call, createSharedSystem } from '../../../test/harness/system.ts';
import { installedBroker, withChannel } from '../../../test/harness/vhosts.ts';
import { ErrorAnswer } from '../../http/errors.ts';
import { Balance, UnaccountedPage } from './balance-answers.ts';
import { LetterDetails, LetterGroupPage, LetterPage, LetterSummary } from './letter-answers.ts';

const PATIENCE = 240_000;
let system: Awaited<ReturnType<typeof createSharedSystem>>;
let sources: OurProcess[];
let storefront: OurProcess;
let name: string;
beforeAll(async () => {
  system = await createSharedSystem(installedBroker());
  name = system.systemName(0);
  sources = await Promise.all([system.startSource(0), system.startSource(1)]);
  [storefront] = await Promise.all([system.startStorefront(), system.startConsumer()]);
  for (const [index, source] of sources.entries()) {
    await call(source, 'POST', '/v0/insert-data', { positive_inserts: 6, negative_inserts: 4 });
    await queryOnce(
      system.urls.sources[index] ?? '',
      `insert into orders (product, price) select 'Green tea ' || n, n - 3 from generate_series(1, 3) n`,
    );
    await call(source, 'POST', '/v0/process/run?wait=true');
  }
  // One that no source has published, and that claims no id.
  await withChannel(system.urls.rabbitmq, async (channel) => {
    channel.publish('orders', 'order', Buffer.from('{"no": "order'), { mandatory: true });
    await channel.waitForConfirms();
  });
  await untilBalance({ balanced: true, unknown: { dead: 1 } });
}, PATIENCE);
afterAll(() => system.stop());

/** An answer, which has to be of its schema. */
const get = async <S extends TSchema>(path: string, schema: S) => {
  const { status, body } = await call(storefront, 'GET', path);
  expect([...Compile(schema).Errors(body)], path).toEqual([]);
  return { status, body: body as Static<S> };
};
const untilBalance = (expected: object) =>
  eventually(async () => expect((await get('/v0/balance', Balance)).body).toMatchObject(expected), PATIENCE / 2);

test('dead letters of three causes are three groups, with what is in them', { timeout: PATIENCE }, async () => {
  const { body } = await get('/v0/dead-letters/groups?state=dead&source=' + name, LetterGroupPage);
  expect(body).toMatchObject({ next: null, complete: true });
  expect(body.groups.map(({ count, reason, cause }) => [count, reason, cause])).toEqual([
    [4, 'attempts_exhausted', expect.any(String)],
    [3, 'invalid_message', 'invalid order: price … is not a positive number with at most # decimals'],
  ]);
  const all = await get('/v0/dead-letters/groups', LetterGroupPage);
  expect(all.body.groups.map(({ count }) => count)).toEqual([8, 6, 1]);
  const [, invalid] = all.body.groups;
  expect(invalid?.sources).toEqual([0, 1].map((at) => ({ source: system.systemName(at), count: 3 })));

  const path = `/v0/dead-letters?cause_key=${invalid?.cause_key ?? ''}&product=TEA&limit=4`;
  const first = await get(path, LetterPage);
  const second = await get(`${path}&after=${first.body.next ?? ''}`, LetterPage);
  expect([first.body.dead_letters.length, second.body.dead_letters.length, second.body.next]).toEqual([4, 2, null]);
  expect(new Set([...first.body.dead_letters, ...second.body.dead_letters].map((one) => one.message_id)).size).toBe(6);
  const [letter] = first.body.dead_letters;
  expect(letter).toMatchObject({
    state: 'dead',
    attempt: 1,
    cycle: 0,
    product: expect.stringMatching(/^Green tea \d$/) as string,
  });
  const died = encodeURIComponent(letter?.died_at ?? '');
  expect(
    (await get(`/v0/dead-letters?died_before=${died}&order=oldest`, LetterPage)).body.dead_letters,
  ).not.toContainEqual(letter);
  const one = await get(`/v0/dead-letters?message_id=${(letter?.message_id ?? '').toUpperCase()}`, LetterPage);
  expect(one.body).toEqual({ dead_letters: [letter], next: null });

  const summary = await get('/v0/dead-letters/summary', LetterSummary);
  expect(summary.body).toMatchObject({
    complete: true,
    sources: [...[0, 1].map((at) => ({ source: system.systemName(at), dead: 7 })), { source: 'unknown', dead: 1 }],
    reasons: [
      { reason: 'attempts_exhausted', dead: 8 },
      { reason: 'invalid_message', dead: 7 },
    ],
    queue: 15,
  });
});

test('one dead letter is shown with body, headers and every attempt', { timeout: PATIENCE }, async () => {
  const { body: exhausted } = await get('/v0/dead-letters?reason=attempts_exhausted&limit=1', LetterPage);
  const id = exhausted.dead_letters[0]?.message_id ?? '';
  await eventually(async () => {
    const { body } = await get(`/v0/dead-letters/${id}`, LetterDetails);
    expect(body).toMatchObject({
      ...exhausted.dead_letters[0],
      type: 'order',
      redrivable: true,
      history: [],
      log: 'complete',
    });
    expect(body.timeline.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      ...[1, 2, 3, 4].map((attempt) => [attempt, 'retrying']),
      [5, 'dead'],
    ]);
    expect(body.body).toMatchObject({ encoding: 'utf8', cut: false });
    expect(JSON.parse(body.body.text)).toMatchObject({ message_id: id, order: { product: body.product } });
  }, PATIENCE / 2);
  const { body: unread } = await get('/v0/dead-letters?source=unknown', LetterPage);
  const { body } = await get(`/v0/dead-letters/${unread.dead_letters[0]?.message_id ?? ''}`, LetterDetails);
  expect(body).toMatchObject({ redrivable: false, product: null, body: { text: '{"no": "order', bytes: 13 } });

  const bodies = [Buffer.from([0xff, 0x00, 0x80]), Buffer.from(`\uFEFF🍵`), Buffer.from('🍵'.repeat(300_000))];
  for (const [at, given] of bodies.entries()) {
    const strange = randomUUID();
    await system.endput(
      `insert into dead_letters (message_id, cycle, attempt, source, type, reason, error_kind, error_message, state,
                                 first_seen_at, died_at, headers, body)
       values ($1, 0, 1, 'unknown', 'x', 'invalid_message', 'invalid_message', 'why', 'discarded', now(), now(), '{}', $2)`,
      [strange, given],
    );
    const { body: shown } = await get(`/v0/dead-letters/${strange}`, LetterDetails);
    const text = [given.toString('base64'), '\uFEFF🍵', '🍵'.repeat(262_144)][at];
    expect(shown.body).toEqual({ encoding: at === 0 ? 'base64' : 'utf8', text, bytes: given.length, cut: at === 2 });
    expect(shown.redrivable).toBe(false);
    await system.endput('delete from dead_letters where message_id = $1', [strange]);
  }
});

test(
  'bad questions are answered with what is wrong, and nothing is found where nothing can be',
  { timeout: PATIENCE },
  async () => {
    for (const path of [
      '/v0/dead-letters?state=gone',
      '/v0/dead-letters?reason=x',
      '/v0/dead-letters?limit=0',
      '/v0/dead-letters?order=best',
      '/v0/dead-letters?after=x',
      '/v0/dead-letters?cause_key=x',
      '/v0/dead-letters?died_from=yesterday',
      '/v0/dead-letters?died_before=2026-13-01',
      '/v0/dead-letters?more=1',
      `/v0/dead-letters?product=${'x'.repeat(257)}`,
      '/v0/dead-letters/groups?after=1',
      '/v0/dead-letters/no-id',
      `/v0/balance/${name}/unaccounted?after=x`,
      `/v0/balance/${name}/unaccounted?after=99999999999999999999`,
    ]) {
      const { status, body } = await get(path, ErrorAnswer);
      expect([status, body.code], path).toEqual([400, 'INVALID_REQUEST']);
    }
    expect((await get(`/v0/dead-letters/${randomUUID()}`, ErrorAnswer)).status).toBe(404);
    expect((await get('/v0/balance/system_9/unaccounted', ErrorAnswer)).status).toBe(404);
    for (const query of [
      'product=%00',
      'source=%00',
      'product=%F0%9F%8E%89',
      'product=%27%3B--',
      'died_from=2999-01-01',
    ]) {
      expect((await get(`/v0/dead-letters?${query}`, LetterPage)).body.dead_letters, query).toEqual([]);
      expect((await get(`/v0/dead-letters/groups?${query}`, LetterGroupPage)).body.groups, query).toEqual([]);
    }
  },
);

describe('the balance', () => {
  const unaccounted = async () => (await get(`/v0/balance/${name}/unaccounted`, UnaccountedPage)).body;
  const balanceCommand = () => showBalance({}, ['--url', storefront.url]);

  test('comes out, and make balance says so', { timeout: PATIENCE }, async () => {
    // What was deleted before is counted in a moment.
    await untilBalance({
      ...{ complete: true, quiet: true, balanced: true },
      sources: [0, 1].map((at) => ({
        ...{ source: system.systemName(at), reachable: true, running: false, rows: 13, unpublished: 0 },
        ...{ stored: 6, dead: 7, redriving: 0, discarded: 0, in_flight: 0, difference: 0 },
      })),
      queues: { primary_queue: 0, dlq_queue: 15, retries: 0 },
    });
    expect(await unaccounted()).toEqual({ rows: [], next: null, looked_at: 13 });
    expect(await balanceCommand()).toBe(0);
  });

  test('rows that were never published are part of it, a discarded letter too', { timeout: PATIENCE }, async () => {
    await call(sources[0] ?? storefront, 'POST', '/v0/insert-data', { positive_inserts: 2, negative_inserts: 0 });
    await system.endput(`update dead_letters set state = 'discarded' where source = $1`, [name]);
    await untilBalance({ balanced: true, sources: [{ rows: 15, unpublished: 2, dead: 0, discarded: 7 }, {}] });
    await system.endput(`update dead_letters set state = 'redriving' where source = $1`, [name]);
    await untilBalance({
      quiet: false,
      balanced: null,
      sources: [{ redriving: 7, in_flight: 7, difference: null }, {}],
    });
    await system.endput(`update dead_letters set state = 'dead' where source = $1`, [name]);
    await queryOnce(system.urls.sources[0] ?? '', 'delete from orders where id > 13');
    await untilBalance({ balanced: true, sources: [{ rows: 13, unpublished: 0, dead: 7 }, {}] });
  });

  test('names the row of a stored order that is gone, when nothing is under way', { timeout: PATIENCE }, async () => {
    const saved = await system.endput<Record<string, unknown>>(
      `with gone as (delete from orders where message_id = (select message_id from orders where system = $1 limit 1) returning *)
       select *, xid::text from gone`,
      [name],
    );
    await untilBalance({ quiet: true, balanced: false, sources: [{ difference: 1 }, { difference: 0 }] });
    const { rows, next } = await unaccounted();
    expect(next).toBeNull();
    expect(rows).toMatchObject([{ message_id: saved[0]?.message_id, product: saved[0]?.product }]);
    expect(await balanceCommand()).toBe(1);
    const columns = Object.keys(saved[0] ?? {}).filter((column) => column !== 'xid');
    await system.endput(
      `insert into orders (${columns.join(', ')}) values (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
      columns.map((column) => saved[0]?.[column]),
    );
    await untilBalance({ balanced: true });
  });

  test('shows a row that is gone from its source', { timeout: PATIENCE }, async () => {
    await queryOnce(system.urls.sources[1] ?? '', 'create table kept as select * from orders where id = 1');
    await queryOnce(system.urls.sources[1] ?? '', 'delete from orders where id = 1');
    await untilBalance({ quiet: true, balanced: false, sources: [{ difference: 0 }, { rows: 12, difference: -1 }] });
    expect(await balanceCommand()).toBe(1);
    // It is published again, under the id that it had.
    await queryOnce(system.urls.sources[1] ?? '', 'insert into orders select * from kept');
    await call(sources[1] ?? storefront, 'POST', '/v0/process/run?wait=true');
    await untilBalance({ balanced: true });
  });

  test('is open while a source does not answer, and again closed when it is back', { timeout: PATIENCE }, async () => {
    const port = String(sources[1]?.port ?? 0);
    await sources[1]?.stop();
    await untilBalance({
      balanced: null,
      sources: [{ reachable: true }, { reachable: false, rows: null, in_flight: null }],
    });
    expect(await balanceCommand()).toBe(3);
    const path = `/v0/balance/${system.systemName(1)}/unaccounted`;
    expect((await get(path, ErrorAnswer)).body.code).toBe('SOURCE_API_UNAVAILABLE');
    await system.startSource(1, { HTTP_PORT: port });
    await untilBalance({ balanced: true });
  });
});
