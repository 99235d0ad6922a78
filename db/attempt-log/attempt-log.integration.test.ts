import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { queryOnce } from '../../test/harness/databases.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { AttemptLogUnavailableError, type AttemptLog } from './attempt-log.ts';
import type { AttemptRecord } from './attempt-record.ts';
import { openAttemptLog } from './open-attempt-log.ts';
import { createLine, mongo, onMongo, postgres } from './stores-under-test.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
/** MongoDB's monitor runs once a minute, unless its `ttlMonitorSleepSecs` says otherwise. */
const EXPIRY_TIMEOUT = 90_000;

const silent = pino({ level: 'silent' });
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds).toISOString();

function attempt(part: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    message_id: randomUUID(),
    cycle: 0,
    processing: { processing_attempts: 1, processing_info: 'SUCCESS at the 1 attempt.', processing_times: 1 },
    origin: { system: 'system_1', database_resource: 'db_postgres_1' },
    order: { id: 1, product: 'WHITE HANGING HEART', price: '274.00', security_check: true },
    processed_at: ago(0),
    outcome: 'succeeded',
    consumer: 'host:1',
    ...part,
  };
}
const numbered = (processing_attempts: number) => ({ processing_attempts, processing_info: 'tried' });
const attempts = (count: number, part: Partial<AttemptRecord> = {}) =>
  Array.from({ length: count }, () => attempt(part));

/** Opens logs that are closed after the test. */
const opened: AttemptLog[] = [];
async function open(url: string, ttl = HOUR, logger = silent): Promise<AttemptLog> {
  const log = await openAttemptLog(url, ttl, logger);
  opened.push(log);
  return log;
}
async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((log) => log.close()));
}

async function expectUnavailable(call: Promise<unknown>): Promise<void> {
  const begin = Date.now();
  await expect(call).rejects.toBeInstanceOf(AttemptLogUnavailableError);
  expect(Date.now() - begin).toBeLessThan(10 * SECOND);
}

for (const { title, skipped, createDatabase, refusedPart } of [postgres, mongo]) {
  describe.skipIf(skipped)(`the attempt log in ${title}`, () => {
    let database: { url: string; drop: () => Promise<void> };
    let log: AttemptLog;
    beforeEach(async () => {
      database = await createDatabase();
      log = await open(database.url);
      await log.prepare();
    });
    afterEach(async () => {
      await closeAll();
      await database.drop();
    });

    test('keeps the first record of a key, within one call and across calls', async () => {
      const first = attempt({ consumer: 'first' });
      const later = { ...first, consumer: 'later', outcome: 'dead' as const };
      expect(await log.write([first, later, attempt(), later])).toEqual([]);
      expect(await log.write([later, attempt()])).toEqual([]);
      expect(await log.attemptsOf(first.message_id)).toEqual([first]);
    });

    test('gives the attempts of one message in the order of cycle and attempt', async () => {
      const message_id = randomUUID();
      const at = (cycle: number, number: number) => attempt({ message_id, cycle, processing: numbered(number) });
      const [a, b, c, d] = [at(0, 2), at(0, 10), at(1, 1), at(2, 1)];
      await log.write([d, b, attempt(), c, a]);
      expect(await log.attemptsOf(message_id)).toEqual([a, b, c, d]);
      expect(await log.attemptsOf(randomUUID())).toEqual([]);
      expect(await log.attemptsOf('no uuid')).toEqual([]);
    });

    test('gives a record back as it was, with and without what may be absent', async () => {
      const full = attempt({
        outcome: 'retrying',
        error: { kind: 'transient', message: 'the "shop"\n\tdid not \\ answer' },
        next_attempt_at: new Date(Date.now() + HOUR).toISOString(),
        duration_ms: 3.125,
        cycle: 7,
        order: { id: 9_007_199_254_740_991, product: 'ÄÖ, "x"', price: '0.10', nothing: null, list: [1, 'a', {}] },
      });
      const bare: AttemptRecord = {
        message_id: randomUUID(),
        cycle: 0,
        processing: numbered(1),
        processed_at: ago(0),
        outcome: 'dead',
        consumer: 'host:1',
      };
      await log.write([full, bare]);
      expect(await log.attemptsOf(full.message_id)).toStrictEqual([full]);
      expect(await log.attemptsOf(bare.message_id)).toStrictEqual([bare]);
    });

    test('gives dates in UTC with milliseconds, however they were written', async () => {
      const now = ago(0);
      const elsewhere = new Date(Date.parse(now) + 2 * HOUR).toISOString().replace('Z', '+02:00');
      const record = attempt({ processed_at: elsewhere, outcome: 'retrying', next_attempt_at: elsewhere });
      await log.write([record]);
      expect(await log.attemptsOf(record.message_id)).toEqual([{ ...record, processed_at: now, next_attempt_at: now }]);
    });

    test.each([
      ['a NUL', 'a\u0000b'],
      ['an emoji', '🫖 teapot'],
      ['10,000 characters', 'ß'.repeat(10_000)],
    ])('keeps a product with %s', async (_what, product) => {
      const record = attempt({ order: { product }, error: { kind: 'permanent', message: product } });
      expect(await log.write([attempt(), record, attempt()])).toEqual([]);
      expect(await log.attemptsOf(record.message_id)).toEqual([record]);
    });

    test('is not stopped by half a surrogate pair', async () => {
      const records = [
        attempt(),
        attempt({ order: { product: 'a\ud83e' } }),
        attempt({ order: { product: '\udd56' } }),
      ];
      expect(await log.write(records)).toEqual([]);
      for (const { message_id } of records) expect(await log.attemptsOf(message_id)).toHaveLength(1);
    });

    test('reports the records that are refused, and writes their neighbours', async () => {
      let nested: unknown = 1;
      for (let level = 0; level < 100_000; level++) nested = [nested];
      const refused = [
        attempt(refusedPart),
        attempt({ processed_at: 'yesterday' }),
        attempt({ next_attempt_at: '' }),
        attempt({ order: { nested } }),
      ];
      const good = attempts(30);
      const records = [...good.slice(0, 7), ...refused, ...good.slice(7), attempt(refusedPart)];
      const answer = await log.write(records);
      expect(new Set(answer.map((entry) => entry.record))).toEqual(new Set([...refused, records.at(-1)]));
      expect(answer.every((entry) => entry.reason.length > 3)).toBe(true);
      for (const record of good) expect(await log.attemptsOf(record.message_id)).toEqual([record]);
    });

    test('writes 10,000 records in one call', { timeout: 120_000 }, async () => {
      const records = attempts(10_000);
      expect(await log.write(records)).toEqual([]);
      for (const record of [records[0], records[5_000], records[9_999]])
        expect(await log.attemptsOf(record?.message_id ?? '')).toEqual([record]);
    });

    test('lets two writers write the same records at once', async () => {
      const other = await open(database.url);
      const records = attempts(3_000);
      const reversed = records.map((record) => ({ ...record, consumer: 'host:2' })).reverse();
      expect(await Promise.all([log.write(records), other.write(reversed)])).toEqual([[], []]);
      for (const record of records.slice(0, 50)) {
        const found = await log.attemptsOf(record.message_id);
        expect(found).toEqual([{ ...record, consumer: found[0]?.consumer }]);
      }
    });

    test('may be prepared by several processes at once, and again', async () => {
      await Promise.all([(await open(database.url)).prepare(), (await open(database.url)).prepare(), log.prepare()]);
      expect(await log.write([attempt()])).toEqual([]);
    });

    test('forgets a record when its time is over', { timeout: EXPIRY_TIMEOUT * 2 }, async () => {
      const brief = await open(database.url, 2 * SECOND);
      await brief.prepare();
      const [old, young] = [attempt(), attempt({ processed_at: ago(-HOUR) })];
      await brief.write([old, young]);
      await eventually(async () => expect(await brief.attemptsOf(old.message_id)).toEqual([]), EXPIRY_TIMEOUT);
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(old.processed_at) + 2 * SECOND);
      expect(await brief.attemptsOf(young.message_id)).toEqual([young]);
    });

    test('obeys a TTL that was changed on a log that is there', { timeout: EXPIRY_TIMEOUT * 2 }, async () => {
      const [old, young] = [attempt({ processed_at: ago(60 * SECOND) }), attempt()];
      await log.write([old, young]);
      await closeAll();
      const shorter = await open(database.url, 30 * SECOND);
      await shorter.prepare();
      await eventually(async () => expect(await shorter.attemptsOf(old.message_id)).toEqual([]), EXPIRY_TIMEOUT);
      expect(await shorter.attemptsOf(young.message_id)).toEqual([young]);
    });

    test('says that its store is away, and works again when it is back', async () => {
      const line = await createLine(database.url);
      const far = await open(line.url);
      await line.cut();
      await expectUnavailable(far.prepare());
      const record = attempt();
      await expectUnavailable(far.write([record]));

      await line.mend();
      await far.prepare();
      expect(await far.write([record])).toEqual([]);

      await line.cut();
      await expectUnavailable(far.write([attempt(), record]));
      await expectUnavailable(far.attemptsOf(record.message_id));

      await line.mend();
      const later = attempt();
      await eventually(() => far.write([record, later]), 15 * SECOND);
      expect(await far.attemptsOf(record.message_id)).toEqual([record]);
      expect(await far.attemptsOf(later.message_id)).toEqual([later]);
      await closeAll();
      await line.cut();
    });
  });
}

describe('the attempt log in Postgres alone', () => {
  let database: { url: string; drop: () => Promise<void> };
  beforeEach(async () => void (database = await postgres.createDatabase()));
  afterEach(async () => {
    await closeAll();
    await database.drop();
  });

  test('names the database that does not exist', async () => {
    const url = new URL(database.url);
    url.pathname = '/db_nowhere';
    const log = await open(url.toString());
    await expectUnavailable(log.prepare());
    await expect(log.prepare()).rejects.toThrow('database "db_nowhere" does not exist');
  });

  test('deletes many expired records in batches while two processes sweep', async () => {
    const logs = [await open(database.url, 10 * SECOND), await open(database.url, 10 * SECOND)];
    for (const log of logs) await log.prepare();
    const kept = attempt({ processed_at: ago(-HOUR) });
    await logs[0]?.write([...attempts(12_000, { processed_at: ago(HOUR) }), kept]);
    await eventually(async () => {
      const rows = await queryOnce<{ message_id: string }>(database.url, 'select message_id from attempts');
      expect(rows).toEqual([{ message_id: kept.message_id }]);
    });
  });

  test('logs a sweep that fails, and sweeps again', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const log = await open(database.url, 5 * SECOND, logger);
    await log.prepare();
    await log.write([attempt({ processed_at: ago(-HOUR) })]);
    await queryOnce(database.url, 'alter table attempts rename to elsewhere');
    await eventually(() => expect(lines.join('')).toContain('expired attempts could not be deleted'));
    await queryOnce(database.url, 'alter table elsewhere rename to attempts');
    const old = attempt({ processed_at: ago(HOUR) });
    await log.write([old]);
    await eventually(async () => expect(await log.attemptsOf(old.message_id)).toEqual([]));
  });
});

describe.skipIf(mongo.skipped)(`the attempt log in ${mongo.title} alone`, () => {
  let database: { url: string; drop: () => Promise<void> };
  beforeEach(async () => void (database = await mongo.createDatabase()));
  afterEach(async () => {
    await closeAll();
    await database.drop();
  });
  const indexes = () => onMongo(database.url, (db) => db.collection('message').indexes());
  const byDate = async () => (await indexes()).filter((index) => 'processed_at' in index.key);

  test('keeps the document that is described, with BSON dates', async () => {
    const record = attempt({ outcome: 'retrying', next_attempt_at: ago(-HOUR), cycle: 2 });
    await (await open(database.url)).write([record]);
    const documents = await onMongo(database.url, (db) => db.collection('message').find().toArray());
    expect(documents).toEqual([
      {
        ...record,
        _id: `${record.message_id}:2:1`,
        processed_at: new Date(record.processed_at),
        next_attempt_at: new Date(record.next_attempt_at ?? ''),
      },
    ]);
  });

  test('changes the expiry of its index when the TTL is changed, rounded up to a second', async () => {
    await (await open(database.url, 600 * SECOND)).prepare();
    expect(await byDate()).toMatchObject([{ expireAfterSeconds: 600 }]);
    await (await open(database.url, 1_500)).prepare();
    expect(await byDate()).toMatchObject([{ expireAfterSeconds: 2 }]);
    expect((await indexes()).filter((index) => 'message_id' in index.key)).toHaveLength(1);
  });

  test('changes an index made by hand with another TTL, and keeps its name', async () => {
    await onMongo(database.url, (db) =>
      db.collection('message').createIndex({ processed_at: 1 }, { name: 'by_hand', expireAfterSeconds: 5 }, {}),
    );
    await (await open(database.url, 60 * SECOND)).prepare();
    expect(await byDate()).toMatchObject([{ name: 'by_hand', expireAfterSeconds: 60 }]);
  });

  test('makes an index made by hand without expiry again, with it', async () => {
    await onMongo(database.url, (db) => db.collection('message').createIndex({ processed_at: 1 }, {}, {}));
    await (await open(database.url, 60 * SECOND)).prepare();
    expect(await byDate()).toMatchObject([{ expireAfterSeconds: 60 }]);
  });
});
