import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, queryOnce } from '../../harness/databases.ts';
import { eventually } from '../../harness/eventually.ts';
import { messagesIn } from '../../harness/vhosts.ts';
import { changeInQueue, takeOut } from './planting-under-test.ts';
import { printedBy, runProcess } from './program-under-test.ts';
import {
  createPublishedSystem,
  NEGATIVE,
  POSITIVE,
  REFUSED,
  ROWS,
  SETTLED_ONCE,
  whereabouts,
  type PublishedSystem,
} from './system-under-test.ts';

let system: PublishedSystem;
let where: string[];
beforeAll(async () => {
  system = await createPublishedSystem();
  where = whereabouts(system);
});
afterAll(() => system.stop());

describe('before a consumer runs', () => {
  test('all rows are in flight, which is balanced', async () => {
    const { code, deviations, sources } = await printedBy(where);
    expect(deviations).toEqual({});
    expect(code).toBe(0);
    expect(sources[system.systemName(0)]).toMatchObject({ rows: ROWS, in_flight: ROWS, lost: 0 });
  });

  test('they are missing from books that are said to be settled', async () => {
    const { code, deviations } = await printedBy([...where, ...SETTLED_ONCE]);
    expect(code).toBe(1);
    expect(deviations.under_way?.first).toEqual([{ about: 'primary_queue', detail: `${2 * ROWS} messages in it` }]);
    expect(deviations.lost?.count).toBe(2 * ROWS);
  });

  test('more rows in flight than primary_queue holds cannot be', async () => {
    await queryOnce(system.urls.sources[0] ?? '', `insert into orders (product, price) values ('never published', 1)`);
    const position = (xid: string) =>
      queryOnce(system.urls.sources[0] ?? '', `update publish_position set xid = ${xid}, id = id`);
    const [before] = await queryOnce<{ xid: string }>(
      system.urls.sources[0] ?? '',
      'select xid::text from publish_position',
    );
    // As if all had been published.
    await position("'9000000000'::xid8");
    try {
      const { code, deviations } = await printedBy([...where, '--again-after', '10ms']);
      expect(code).toBe(1);
      expect(deviations).toEqual({
        lost: {
          count: 1,
          first: [
            { about: 'primary_queue', detail: `${2 * ROWS + 1} rows are in flight, and it holds ${2 * ROWS} at most` },
          ],
        },
      });
    } finally {
      await position(`'${before?.xid ?? '0'}'::xid8`);
      await queryOnce(system.urls.sources[0] ?? '', `delete from orders where product = 'never published'`);
    }
  });
});

describe('when the job is done', () => {
  beforeAll(async () => {
    await system.startConsumer();
    await system.untilBalanced();
    // The last attempts are on their way to the log.
    await eventually(async () => {
      const { deviations } = await printedBy([...where, ...SETTLED_ONCE]);
      expect(deviations).toEqual({});
    });
  });

  test('the books balance, and what the program says of them is right', async () => {
    const printed = await printedBy([...where, '--settled']);
    // How often it looked depends on how old the broker's statistics are.
    expect(printed).toMatchObject({ code: 0, balanced: true, deviations: {}, expired: 0 });
    for (const index of [0, 1]) {
      expect(printed.sources[system.systemName(index)]).toEqual({
        rows: ROWS,
        stored: POSITIVE,
        dead: NEGATIVE + REFUSED,
        ...{ unpublished: 0, in_flight: 0, waiting: 0, discarded: 0, lost: 0 },
      });
    }
    expect(printed.reasons).toEqual({ attempts_exhausted: 2 * NEGATIVE, invalid_message: 4, refused_by_endput: 2 });
    expect(Object.values(printed.attempts).reduce((sum, count) => sum + count, 0)).toBe(2 * ROWS);
  });

  test('looking leaves dlq_queue as it was', async () => {
    const before = await messagesIn(system.urls.rabbitmq, 'dlq_queue');
    expect(before).toBe(2 * (NEGATIVE + REFUSED));
    expect(await printedBy([...where, '--settled'])).toMatchObject({ code: 0 });
    expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(before);
    expect(await printedBy([...where, '--settled'])).toMatchObject({ code: 0 });
    expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(before);
  });

  test('people get a table and a sentence', async () => {
    const { code, stdout } = await runProcess([...where, '--settled']);
    expect(code).toBe(0);
    expect(stdout).toContain('Balanced, and nothing is under way.');
    expect(stdout).toMatch(new RegExp(`^${system.systemName(0)} +${ROWS} `, 'm'));
  });

  test('people get the names of what deviates, ten of a kind or as many as they ask for', async () => {
    const takeOne = () => takeOut(system.urls.endput, 'orders');
    const planted = [await takeOne(), await takeOne(), await takeOne()];
    try {
      const { code, stdout } = await runProcess([...where, ...SETTLED_ONCE, '--show', '2']);
      expect(code).toBe(1);
      expect(stdout).toContain('lost, 3: published, and neither stored');
      expect(stdout).toContain('and 1 more');
      expect(planted.filter(({ about }) => stdout.includes(about))).toHaveLength(2);
    } finally {
      for (const { undo } of planted) await undo();
    }
  });

  test('a lost row is found while work may flow, too, because its attempts are on record, and by a second look', async () => {
    const { about, undo } = await takeOut(system.urls.endput, 'orders');
    try {
      const printed = await printedBy([...where, '--again-after', '10ms']);
      expect(printed).toMatchObject({ code: 1, looks: 2 });
      expect(printed.deviations.lost?.first.map((one) => one.about)).toEqual([about]);
    } finally {
      await undo();
    }
  });

  test('dlq_queue is compared, only counted, or left alone', async () => {
    const { undo } = await changeInQueue(system.urls.rabbitmq);
    try {
      // The broker's statistics of what an earlier look had in hand are some seconds old.
      await eventually(async () => {
        const counted = await printedBy([...where, ...SETTLED_ONCE, '--dlq', 'count']);
        expect(counted.code).toBe(1);
        expect(counted.deviations.dead_letter_not_in_queue?.first.map(({ about }) => about)).toEqual(['dlq_queue']);
      });
      expect(await printedBy([...where, '--settled', '--dlq', 'none'])).toMatchObject({ code: 0, deviations: {} });
    } finally {
      await undo();
    }
  });

  test('what the log has forgotten after its TTL is no deviation', async () => {
    const empty = await createDatabase();
    try {
      await queryOnce(empty.url, 'create table attempts (message_id uuid, cycle int, attempt int, document json)');
      const forgotten = [...where, '--attempt-log', empty.url, '--attempt-log-ttl'];
      // A second look if need be: the broker's statistics of what an earlier test had in hand are some seconds old.
      const { code, expired } = await printedBy([...forgotten, '1ms', '--settled']);
      expect(code).toBe(0);
      expect(expired).toBeGreaterThan(2 * ROWS);
      const { deviations } = await printedBy([...forgotten, '1h', ...SETTLED_ONCE]);
      expect(deviations.attempt_missing?.count).toBe(expired);
    } finally {
      await empty.drop();
    }
  });
});

describe('it cannot look, and says so with exit code 2,', () => {
  test.each([
    ['endput', ['--endput', 'postgres://postgres@127.0.0.1:1/x'], 'endput does not answer'],
    ['the log', ['--attempt-log', 'postgres://postgres@127.0.0.1:1/x'], 'the attempt log does not answer'],
    ['RabbitMQ', ['--rabbitmq', 'amqp://127.0.0.1:1'], 'RabbitMQ cannot be asked'],
    ['its management', ['--management', 'http://127.0.0.1:1'], "RabbitMQ's management at"],
    ['a source', ['--source', 'system_9=postgres://postgres@127.0.0.1:1/x'], 'source system_9 does not answer'],
  ])('without %s', async (_, more, sentence) => {
    const { code, stderr } = await runProcess([...where, ...more]);
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
  });

  test('with a database that is none of ours', async () => {
    const empty = await createDatabase();
    try {
      const { code, stderr } = await runProcess([...where, '--endput', empty.url]);
      expect(stderr).toContain('endput cannot be read: relation');
      expect(code).toBe(2);
    } finally {
      await empty.drop();
    }
  });
});
