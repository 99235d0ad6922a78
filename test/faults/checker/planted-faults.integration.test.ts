import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Collection } from 'mongodb';
import { mongo, onMongo } from '../../../db/attempt-log/stores-under-test.ts';
import { queryOnce } from '../../harness/databases.ts';
import { eventually } from '../../harness/eventually.ts';
import { actOn, loseRecord, storeIn, type RedriveBooks } from './acting-under-test.ts';
import type { DeviationKind } from './deviation.ts';
import {
  change,
  changeInQueue,
  copyOrder,
  idWhere,
  putIntoQueue,
  takeFromQueue,
  takeOut,
  type Planted,
} from './planting-under-test.ts';
import { printedBy } from './program-under-test.ts';
import {
  createPublishedSystem,
  SETTLED_ONCE,
  untilStatisticsAreSettled,
  whereabouts,
  type PublishedSystem,
} from './system-under-test.ts';

let system: PublishedSystem;
let where: string[];
let endput: string;
let log: string;
let broker: string;
let books: RedriveBooks;
beforeAll(async () => {
  system = await createPublishedSystem();
  ({ endput, attemptLog: log, rabbitmq: broker } = system.urls);
  books = { endput, log };
  where = whereabouts(system);
  await system.startConsumer();
  await system.untilBalanced();
  await untilStatisticsAreSettled(system);
  await eventually(expectBalance);
});
afterAll(() => system.stop());

async function expectBalance(): Promise<void> {
  const { code, deviations } = await printedBy([...where, ...SETTLED_ONCE]);
  expect(deviations).toEqual({});
  expect(code).toBe(0);
}

/** Plants, looks, takes back, and expects that these kinds are found, about this message and no other. */
async function expectFound(planting: Promise<Planted>, kinds: DeviationKind[], more: string[] = []): Promise<void> {
  const { about, undo } = await planting;
  try {
    const { code, deviations } = await printedBy([...where, ...SETTLED_ONCE, ...more]);
    expect(code).toBe(1);
    expect(Object.keys(deviations).sort()).toEqual([...kinds].sort());
    const accused = Object.values(deviations).flatMap(({ first }) => first.map((one) => one.about));
    expect(new Set(accused)).toEqual(new Set([about]));
  } finally {
    await undo();
  }
}

describe('a planted fault is found and named:', () => {
  test('a lost order', () => expectFound(takeOut(endput, 'orders'), ['lost']));

  test('a lost dead letter', () => expectFound(takeOut(endput, 'dead_letters'), ['lost', 'dead_letter_not_in_ledger']));

  test('an order that is stored and dead', async () => {
    const about = await idWhere(endput, 'orders');
    const insert = queryOnce(
      endput,
      `insert into dead_letters select $1::uuid, 0, 5, source, type, reason, error_kind, error_message, 'dead',
              first_seen_at, died_at, headers, body from dead_letters limit 1`,
      [about],
    );
    const undo = () => queryOnce(endput, 'delete from dead_letters where message_id = $1', [about]);
    const planting = insert.then(() => ({ about, undo }));
    await expectFound(planting, ['doubled', 'wrong_content', 'dead_letter_not_in_queue']);
  });

  test('an order that is stored twice, under two ids', async () => {
    const double = randomUUID();
    const original = await idWhere(endput, 'orders');
    const { undo } = await copyOrder(endput, double, original);
    try {
      const { code, deviations } = await printedBy([...where, ...SETTLED_ONCE]);
      expect(code).toBe(1);
      expect(deviations.no_source?.first.map(({ about }) => about)).toEqual([double]);
      const [doubled] = deviations.doubled?.first ?? [];
      expect([doubled?.about, doubled?.detail.split(' ').at(-1)].sort()).toEqual([double, original].sort());
    } finally {
      await undo();
    }
  });

  test('an order that no source has', async () => {
    const about = randomUUID();
    const { undo } = await copyOrder(endput, about, await idWhere(endput, 'orders'));
    const renamed = queryOnce(endput, 'update orders set source_id = 987654 where message_id = $1', [about]);
    await expectFound(
      renamed.then(() => ({ about, undo })),
      ['no_source'],
    );
  });

  test('an order whose row is gone from its source', async () => {
    const [order] = await queryOnce<{ message_id: string; source_id: string }>(
      endput,
      'select message_id, source_id from orders where system = $1 limit 1',
      [system.systemName(0)],
    );
    const gone = takeOut(system.urls.sources[0] ?? '', 'orders', `id = ${order?.source_id ?? 0}`);
    await expectFound(
      gone.then(({ undo }) => ({ about: order?.message_id ?? '', undo })),
      ['no_source'],
    );
  });

  test.each([
    ['product', "product || '!'"],
    ['price', 'price + 0.01'],
    ['created_at', "created_at + interval '1 microsecond'"],
    ['security_check', 'not security_check'],
    ['source_id', 'source_id + 1000'],
    ['schema_resource', "'other'"],
  ])('a stored order with another %s', (column, value) =>
    expectFound(change(endput, 'orders', 'true', column, value), ['wrong_content']),
  );

  test('an order that is stored at another attempt', () =>
    expectFound(change(endput, 'orders', 'attempt = 2', 'attempt', '1'), [
      'wrong_attempt',
      'attempt_too_high',
      'attempt_differs',
    ]));

  test('a dead letter with another reason', () => {
    const exhausted = "reason = 'attempts_exhausted'";
    const planting = change(endput, 'dead_letters', exhausted, 'reason', "'invalid_message'");
    return expectFound(planting, ['wrong_outcome', 'dead_letter_differs']);
  });

  test('a dead letter with another body', () =>
    expectFound(change(endput, 'dead_letters', 'true', 'body', `'{"order":{}}'::bytea`), [
      'wrong_content',
      'dead_letter_differs',
    ]));

  test('a message that is dead and waits for a retry', async () => {
    const about = await idWhere(endput, 'dead_letters', "reason = 'attempts_exhausted'");
    const insert = queryOnce(
      endput,
      `insert into retries select message_id, 0, 4, now() + interval '1 hour', source, type, error_kind, error_message,
              first_seen_at, died_at, null, headers, body from dead_letters where message_id = $1`,
      [about],
    );
    const undo = () => queryOnce(endput, 'delete from retries where message_id = $1', [about]);
    await expectFound(
      insert.then(() => ({ about, undo })),
      ['doubled', 'under_way'],
    );
  });

  test.each([
    ['the only attempt', "attempt = 1 and document ->> 'outcome' = 'succeeded'"],
    ['the first of several attempts', "attempt = 1 and document ->> 'outcome' = 'retrying'"],
    ['an attempt between others', "attempt = 3 and document ->> 'outcome' = 'retrying'"],
    ['the last attempt', "document ->> 'outcome' = 'dead'"],
  ])('%s is missing', (_, condition) => expectFound(takeOut(log, 'attempts', condition), ['attempt_missing']));

  test('an attempt that is on record twice', async () => {
    await queryOnce(log, 'alter table attempts drop constraint attempts_pkey');
    try {
      const about = await idWhere(log, 'attempts', 'attempt = 1');
      const one = `from attempts where message_id = '${about}' and attempt = 1`;
      const twice = queryOnce(log, `insert into attempts select * ${one}`);
      const undo = () => queryOnce(log, `delete from attempts where ctid = (select max(ctid) ${one})`);
      await expectFound(
        twice.then(() => ({ about, undo })),
        ['attempt_doubled'],
      );
    } finally {
      await queryOnce(log, 'alter table attempts add primary key (message_id, cycle, attempt)');
    }
  });

  test('an attempt number that is too high', async () => {
    const about = await idWhere(log, 'attempts', 'attempt = 5');
    const sixth = queryOnce(
      log,
      `insert into attempts select message_id, 0, 6, processed_at,
              jsonb_set(document::jsonb, '{processing,processing_attempts}', '6')::json
         from attempts where attempt = 5 and message_id = $1`,
      [about],
    );
    const undo = () => queryOnce(log, 'delete from attempts where attempt = 6');
    await expectFound(
      sixth.then(() => ({ about, undo })),
      ['attempt_too_high'],
    );
  });

  test.each([
    ['is of another attempt than its key', '{processing,processing_attempts}', '1'],
    ['asks for other attempts than the row', '{processing,processing_times}', '77'],
    ['says another outcome', '{outcome}', '"dead"'],
  ])('a record that %s', (_, path, value) => {
    const retrying = "attempt = 2 and document ->> 'outcome' = 'retrying'";
    const document = `jsonb_set(document::jsonb, '${path}', '${value}')::json`;
    return expectFound(change(log, 'attempts', retrying, 'document', document), ['attempt_differs']);
  });

  test('a record of a message that nobody knows', async () => {
    const about = randomUUID();
    const stranger = queryOnce(
      log,
      `insert into attempts select $1::uuid, 0, 1, processed_at,
              jsonb_set(document::jsonb, '{message_id}', to_jsonb($1::text))::json
         from attempts where attempt = 1 limit 1`,
      [about],
    );
    const undo = () => queryOnce(log, 'delete from attempts where message_id = $1', [about]);
    await expectFound(
      stranger.then(() => ({ about, undo })),
      ['attempt_of_nothing'],
    );
  });

  test('a dead letter without its message in dlq_queue', () =>
    expectFound(changeInQueue(broker), ['dead_letter_not_in_queue']));

  test('a message in dlq_queue that says another reason', () =>
    expectFound(changeInQueue(broker, { 'dead-letter-reason': 'consumer_crashed' }), ['dead_letter_differs']));

  test('a message in dlq_queue of another attempt', () =>
    expectFound(changeInQueue(broker, { attempt: 9 }), ['dead_letter_not_in_queue', 'dead_letter_not_in_ledger']));

  test('a dead letter that is being redriven, though nothing is under way', () =>
    expectFound(redriven("state = 'redriving', cycle = 1, attempt = 0"), ['under_way']));

  test('a dead letter that is resolved, and no order is stored', () =>
    expectFound(change(endput, 'dead_letters', 'true', 'state', "'resolved'"), ['lost']));

  test('a redriven dead letter that died again without its message in dlq_queue', () =>
    expectFound(redriven("cycle = 1, attempt = 1, reason = 'invalid_message'"), [
      'attempt_missing',
      'dead_letter_not_in_queue',
    ]));

  test('a message in dlq_queue without its dead letter', async () => {
    const about = randomUUID();
    const stranger = putIntoQueue(broker, Buffer.from('{}'), about, { attempt: 5, cycle: 0 });
    const undo = () => takeFromQueue(broker, about);
    await expectFound(
      stranger.then(() => ({ about, undo })),
      ['dead_letter_not_in_ledger'],
    );
  });
});

/** Sets a dead letter to what a redrive makes of it. */
async function redriven(set: string): Promise<Planted> {
  const about = await idWhere(endput, 'dead_letters', "reason = 'attempts_exhausted'");
  await queryOnce(endput, `update dead_letters set ${set} where message_id = $1`, [about]);
  const before = "state = 'dead', cycle = 0, attempt = 5, reason = 'attempts_exhausted'";
  return { about, undo: () => queryOnce(endput, `update dead_letters set ${before} where message_id = $1`, [about]) };
}

test('a discarded dead letter is in the books as such; what is left of it in dlq_queue is counted, and no fault', async () => {
  const { about, undo } = await redriven("state = 'discarded'");
  try {
    const { code, deviations, copies, sources } = await printedBy([...where, ...SETTLED_ONCE]);
    expect({ code, deviations, copies }).toEqual({ code: 0, deviations: {}, copies: 1 });
    expect(Object.values(sources).reduce((sum, { discarded }) => sum + discarded, 0)).toBe(1);
    const message = await takeFromQueue(broker, about);
    expect(await printedBy([...where, ...SETTLED_ONCE])).toMatchObject({ code: 0, copies: 0 });
    await putIntoQueue(broker, message.content, about, message.properties.headers ?? {});
  } finally {
    await undo();
  }
});

const REDRIVING = "state = 'redriving', cycle = 1, attempt = 0";
const RESOLVED = "state = 'resolved', cycle = 1, attempt = 0";
const RESTORED = "cycle = 1, restored_cycles = '{1}'";
const RESOLVED_AFTER_RESTORE = "state = 'resolved', cycle = 2, attempt = 0, restored_cycles = '{1}'";

/** What operators may have done with a letter, and what is found though nothing is missing. */
const ACTED: [string, () => Promise<Planted>, DeviationKind[]][] = [
  ['redriven and stored', async () => storeIn(books, 1, await actOn(books, ['redrive'], RESOLVED)), []],
  ['being redriven', () => actOn(books, ['redrive'], REDRIVING), ['under_way']],
  ['discarded', () => actOn(books, ['discard'], "state = 'discarded'"), []],
  ['restored', () => actOn(books, ['discard', 'restore'], RESTORED), []],
  [
    'restored, redriven and stored',
    async () => storeIn(books, 2, await actOn(books, ['discard', 'restore', 'redrive'], RESOLVED_AFTER_RESTORE)),
    [],
  ],
];

describe.each(ACTED)('of a letter that was %s', (_, act, kinds) => {
  // Nothing was done to its message in dlq_queue.
  const more = ['--dlq', 'none'];

  test('all attempts are on record', async () => {
    const { undo } = await act();
    try {
      const { deviations } = await printedBy([...where, ...SETTLED_ONCE, ...more]);
      expect(Object.keys(deviations)).toEqual(kinds);
    } finally {
      await undo();
    }
  });

  test.each([1, 5])('attempt %i of the cycle in which it died is missing, and that is found', (attempt) =>
    expectFound(
      act().then((planted) => loseRecord(books, attempt, planted)),
      [...kinds, 'attempt_missing'],
      more,
    ),
  );
});

interface MongoRecord {
  _id: string;
  message_id: string;
  cycle: number;
  processing: { processing_attempts: number };
  processed_at: string | Date;
}

describe.skipIf(mongo.skipped)(`with the attempt log in ${mongo.title}`, () => {
  let database: { url: string; drop: () => Promise<void> };
  const collection = <T>(use: (records: Collection<MongoRecord>) => Promise<T>) =>
    onMongo(database.url, (db) => use(db.collection<MongoRecord>('message')));
  const inMongo = () => ['--attempt-log', database.url];

  beforeAll(async () => {
    database = await mongo.createDatabase();
    const rows = await queryOnce<{ document: MongoRecord }>(log, 'select document from attempts');
    const records = rows.map(({ document }) => ({
      ...document,
      _id: `${document.message_id}:${document.cycle}:${document.processing.processing_attempts}`,
      processed_at: new Date(document.processed_at),
    }));
    await collection((of) => of.insertMany(records));
  });
  afterAll(() => database.drop());

  test('the books balance', async () => {
    const printed = await printedBy([...where, ...SETTLED_ONCE, ...inMongo()]);
    expect(printed).toMatchObject({ code: 0, deviations: {}, expired: 0 });
  });

  test('a missing attempt is found', async () => {
    const record = await collection((of) => of.findOneAndDelete({ 'processing.processing_attempts': 2 }));
    if (!record) throw new Error('there is no second attempt');
    const undo = () => collection((of) => of.insertOne(record));
    await expectFound(Promise.resolve({ about: record.message_id, undo }), ['attempt_missing'], inMongo());
  });

  test('an attempt that is on record twice, under another key, is found', async () => {
    const record = await collection((of) => of.findOne({}));
    if (!record) throw new Error('the log is empty');
    await collection((of) => of.insertOne({ ...record, _id: 'double' }));
    const undo = () => collection((of) => of.deleteOne({ _id: 'double' }));
    const planting = Promise.resolve({ about: record.message_id, undo });
    await expectFound(planting, ['attempt_doubled', 'attempt_differs'], inMongo());
  });
});

test('when every fault is taken back the books balance again', expectBalance);
