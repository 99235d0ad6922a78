import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../test/harness/databases.ts';
import { migrate } from '../migrate.ts';
import type { Pool } from '../pool.ts';
import { countOn } from './count-on.ts';
import { prepareTotals } from './prepare-totals.ts';
import type { DeadLetterFilter } from './dead-letter-filter.ts';
import type { LetterPlace } from './dead-letters.ts';
import { readLetterGroups, type GroupPlace, type LetterGroup } from './letter-groups.ts';
import { readLetterPage } from './letter-pages.ts';
import { createStorefrontPool } from './pool.ts';

const logger = pino({ level: 'silent' });
const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url));

interface Known {
  message_id: string;
  state: string;
  source: string;
  reason: string;
  cause_key: string;
  product: string | null;
  died_at: Date;
  microseconds: string;
}

/** A database with many dead letters, which were counted; all that is asked of it is compared with the rows themselves. */
async function open(letters: number, sql: string) {
  const database = await createDatabase();
  await migrate(database.url, MIGRATIONS, logger);
  const pool = createStorefrontPool(database.url, { name: 'test', logger, max: 4 });
  await pool.query(
    `insert into dead_letters (message_id, cycle, attempt, source, type, reason, error_kind, error_message, state,
                               first_seen_at, died_at, headers, body)
     select gen_random_uuid(), 0, 5, source, 'order', reason, 'transient', message, state, died_at, died_at, '{}',
            convert_to(json_build_object('order', json_build_object('product', product))::text, 'UTF8')
       from generate_series(1, $1) n, lateral (${sql}) as letter (source, reason, message, state, died_at, product)`,
    [letters],
  );
  await pool.query('analyze dead_letters');
  await prepareTotals(pool);
  while ((await countOn(pool, 5_000, true))?.more === true);
  const { rows: known } = await pool.query<Known>(
    `select message_id, state, source, reason, cause_key, product, died_at,
            (extract(epoch from died_at) * 1000000)::bigint::text as microseconds
       from dead_letters order by died_at, message_id`,
  );
  return {
    pool,
    known,
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

function fits(filter: DeadLetterFilter, row: Known): boolean {
  const words = (text: string) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const asked = filter.product === undefined ? [] : words(filter.product);
  const has = words(row.product ?? '');
  return (
    (filter.state === undefined || filter.state === row.state) &&
    (filter.source === undefined || filter.source === row.source) &&
    (filter.reason === undefined || filter.reason === row.reason) &&
    (filter.causeKey === undefined || filter.causeKey === row.cause_key) &&
    (filter.diedFrom === undefined || row.died_at >= filter.diedFrom) &&
    (filter.diedBefore === undefined || row.died_at < filter.diedBefore) &&
    asked.every((word) => has.some((one) => one.startsWith(word)))
  );
}

async function readAll(pool: Pool, filter: DeadLetterFilter, order: 'newest' | 'oldest', limit: number) {
  const ids: string[] = [];
  let after: LetterPlace | undefined;
  for (let pages = 0; pages < 1_000; pages += 1) {
    const { letters, next } = await readLetterPage(pool, filter, { order, limit, after });
    expect(letters.length).toBeLessThanOrEqual(limit);
    ids.push(...letters.map(({ messageId }) => messageId));
    if (next === undefined) return ids;
    after = next;
  }
  throw new Error('the pages never end');
}

async function readAllGroups(pool: Pool, filter: DeadLetterFilter, limit: number) {
  const groups: LetterGroup[] = [];
  let after: GroupPlace | undefined;
  for (;;) {
    const page = await readLetterGroups(pool, filter, limit, after);
    groups.push(...page.groups);
    if (page.next === undefined) return { groups, complete: page.complete };
    after = page.next;
  }
}

/** Groups as the rows themselves give them, largest first. */
function groupsOf(rows: readonly Known[]) {
  const groups = new Map<string, Known[]>();
  for (const row of rows) groups.set(row.cause_key, [...(groups.get(row.cause_key) ?? []), row]);
  const countBy = (of: readonly Known[]) => {
    const counts = new Map<string, number>();
    for (const { source } of of) counts.set(source, (counts.get(source) ?? 0) + 1);
    return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([source, letters]) => ({ source, letters }));
  };
  return [...groups]
    .map(([causeKey, of]) => ({
      causeKey,
      letters: of.length,
      firstDiedAt: of[0]?.died_at,
      lastDiedAt: of.at(-1)?.died_at,
      sources: countBy(of),
    }))
    .sort((a, b) => b.letters - a.letters || (a.causeKey < b.causeKey ? -1 : 1));
}
const shown = ({ causeKey, letters, firstDiedAt, lastDiedAt, sources }: LetterGroup) => ({
  ...{ causeKey, letters, firstDiedAt, lastDiedAt, sources },
});

describe('a few hundred dead letters', () => {
  let desk: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    desk = await open(
      300,
      `select 'system_' || n % 3, case when n % 4 = 0 then 'invalid_message' else 'attempts_exhausted' end,
              'cause ' || chr(97 + n * 7 % 5) || ' of "' || n || '"',
              case when n % 10 = 0 then 'discarded' when n % 10 = 1 then 'resolved' when n % 50 = 2 then 'redriving' else 'dead' end,
              timestamptz '2026-11-01 00:00:00.000001+00' + n / 3 * interval '1 minute',
              case when n % 17 <> 0 then 'Green tea ' || n % 20 end`,
    );
  });
  afterAll(() => desk.close());

  const from = new Date('2026-11-01T00:20:00Z');
  const before = new Date('2026-11-01T01:00:00Z');
  const filters: [string, (causeKey: string) => DeadLetterFilter][] = [
    ['nothing', () => ({})],
    ['a state', () => ({ state: 'dead' })],
    ['a rare state', () => ({ state: 'redriving' })],
    ['a source', () => ({ source: 'system_1' })],
    ['a source that there is not', () => ({ source: 'system_9' })],
    ['a reason', () => ({ reason: 'invalid_message' })],
    ['a cause', (causeKey) => ({ causeKey })],
    ['a cause that there is not', () => ({ causeKey: '00000000-0000-0000-0000-000000000000' })],
    ['a cause, state and source', (causeKey) => ({ causeKey, state: 'dead', source: 'system_2' })],
    ['times', () => ({ diedFrom: from, diedBefore: before })],
    ['a beginning', () => ({ diedFrom: from, state: 'dead' })],
    ['an end, reason and source', () => ({ diedBefore: before, reason: 'attempts_exhausted', source: 'system_0' })],
    ['a cause and times', (causeKey) => ({ causeKey, diedFrom: from, diedBefore: before })],
    ['words of a product', () => ({ product: 'TEA gre' })],
    ['a word that few have', () => ({ product: '13', state: 'dead' })],
    ['a word that none has', () => ({ product: 'coffee' })],
    ['all of it', (causeKey) => ({ causeKey, state: 'dead', source: 'system_1', product: 'tea', diedFrom: from })],
  ];

  test.each(filters)(
    '%s: pages have each letter that fits once, in both orders, and groups are counted',
    async (_, of) => {
      const { pool, known } = desk;
      const filter = of(known.find(({ state }) => state === 'dead')?.cause_key ?? '');
      const fitting = known.filter((row) => fits(filter, row));
      const ids = fitting.map(({ message_id }) => message_id);
      expect(await readAll(pool, filter, 'oldest', 7)).toEqual(ids);
      expect(await readAll(pool, filter, 'newest', 50)).toEqual(ids.reverse());
      const { groups, complete } = await readAllGroups(pool, filter, 2);
      expect(complete).toBe(true);
      expect(groups.map(shown)).toEqual(groupsOf(fitting));
      for (const { causeKey, cause, lastDiedAt, example } of groups) {
        expect(cause).toMatch(/^cause [a-e] of …$/);
        expect(fitting).toContainEqual(
          expect.objectContaining({ message_id: example.messageId, died_at: lastDiedAt, cause_key: causeKey }),
        );
      }
    },
  );
});

describe('more dead letters than are looked at one by one', () => {
  let desk: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    // Nearly every message has a cause of its own: what must not take long all the same.
    desk = await open(
      12_000,
      `select case when n = 17 then 'rare' else 'system_1' end, 'attempts_exhausted',
              'cause ' || translate((n % 1500)::text, '0123456789', 'abcdefghij'), 'dead',
              timestamptz '2026-11-01' + n * interval '1 second',
              case when n % 6000 = 5 then 'Rare vase' else 'Common cup ' || n end`,
    );
  });
  afterAll(() => desk.close());

  test.each<[string, DeadLetterFilter]>([
    ['a source that one letter has', { source: 'rare' }],
    ['a product that few have', { product: 'vase' }],
    ['a product that all have, and a source that one has', { product: 'cup', source: 'rare' }],
    ['a product that nearly all have', { product: 'cup', source: 'system_1' }],
    ['a state', { state: 'dead' }],
  ])('%s: following the pages finds each letter once', async (_, filter) => {
    const ids = desk.known.filter((row) => fits(filter, row)).map(({ message_id }) => message_id);
    expect(await readAll(desk.pool, filter, 'oldest', 200)).toEqual(ids);
    expect(await readAll(desk.pool, filter, 'newest', 200)).toEqual(ids.reverse());
  });

  test('groups are exact by the totals; where not all rows are counted, that is said', async () => {
    const { pool, known } = desk;
    const all = await readAllGroups(pool, { state: 'dead' }, 200);
    expect(all.complete).toBe(true);
    expect(all.groups.map(shown)).toEqual(groupsOf(known));
    const rare = await readLetterGroups(pool, { product: 'vase' }, 50);
    expect(rare).toMatchObject({ complete: true });
    expect(rare.groups.map(shown)).toEqual(groupsOf(known.filter((row) => fits({ product: 'vase' }, row))));
    const common = await readLetterGroups(pool, { product: 'cup' }, 50);
    expect(common.complete).toBe(false);
    const times = await readLetterGroups(pool, { diedFrom: new Date('2026-11-01T00:00:00Z') }, 50);
    expect(times.complete).toBe(false);
  });
});

describe('a cause of more dead letters than are counted one by one', () => {
  let desk: Awaited<ReturnType<typeof open>>;
  const at = (seconds: number) => new Date(Date.parse('2026-11-01T00:00:00Z') + seconds * 1_000);
  beforeAll(async () => {
    desk = await open(
      10_000,
      `select 'system_1', 'attempts_exhausted',
              'cause ' || case when n % 2 = 0 then 'z' else translate((n % 400)::text, '0123456789', 'abcdefghij') end, 'dead',
              timestamptz '2026-11-01 00:00:00Z' + n * interval '1 second', 'Cup'`,
    );
  });
  afterAll(() => desk.close());

  test.each<[string, DeadLetterFilter]>([
    ['nearly all of its time', { diedFrom: at(500) }],
    ['nearly all of its time, until', { diedBefore: at(9_900) }],
    ['most of its time, from and until', { diedFrom: at(1_000), diedBefore: at(9_000) }],
    ['a little of its time', { diedFrom: at(2_000), diedBefore: at(3_000) }],
    ['more than all of its time', { diedFrom: at(-1), diedBefore: at(20_000) }],
  ])('%s: groups are exact', async (_, filter) => {
    const { groups, complete } = await readAllGroups(desk.pool, filter, 200);
    expect(complete).toBe(true);
    expect(groups.map(shown)).toEqual(groupsOf(desk.known.filter((row) => fits(filter, row))));
  });

  test('where neither what fits nor what does not is little, it is said that not all are counted', async () => {
    const { groups, complete } = await readLetterGroups(desk.pool, { diedFrom: at(3_000), diedBefore: at(7_000) }, 1);
    expect(complete).toBe(false);
    expect(groups).toMatchObject([{ letters: 1_000 }]);
  });
});
