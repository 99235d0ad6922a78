import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createMetricsRegistry } from '../apis/http/metrics.ts';
import { createHttpServer } from '../apis/http/http-server.ts';
import { registerDeadLetterDetails } from '../apis/storefront/desk/routes/dead-letter-details.ts';
import { registerDeadLetters } from '../apis/storefront/desk/routes/dead-letters.ts';
import { openAttemptLog } from '../db/attempt-log/open-attempt-log.ts';
import { countOn } from '../db/endput/count-on.ts';
import { prepareTotals } from '../db/endput/prepare-totals.ts';
import { createEndputPool, createStorefrontPool } from '../db/endput/pool.ts';
import { writeSettlement, type DeadLetter } from '../db/endput/settlement.ts';
import { migrate } from '../db/migrate.ts';
import { freePort } from '../local/services/free-port.ts';
import { startPostgres } from '../local/services/postgres.ts';
import { askOften } from './ask-often.ts';
import { queryOnce } from './databases.ts';
import { describeSurroundings } from './machine.ts';
import { writePageFigures } from './page-figures.ts';
import { fillLedger } from './load/fill-ledger.ts';
import { inRunFolder } from './run-folder.ts';
import { inWords, say } from './say.ts';

/**
 * How quickly the desk answers with many dead letters: `node --import tsx bench/desk-reading.ts [--letters 1000000]`. They
 * have 40 causes, two sources and 99,999 products, and died within three weeks. Each question is asked 50 times of the
 * routes themselves. It also measures what the desk's columns and indexes add to the cost of a dead-lettering.
 */
const { values: options } = parseArgs({ options: { letters: { type: 'string', default: '1000000' } } });
const LETTERS = Number(options.letters);
const CAUSES = 40;
const MIGRATIONS = fileURLToPath(new URL('../db/endput/migrations', import.meta.url));
const logger = pino({ level: 'warn' });

const surroundings = await describeSurroundings();
await inRunFolder(async (folder) => {
  const server = await startPostgres({
    ...{ name: 'endput', folder: join(folder, 'endput'), port: await freePort(), databases: ['endput', 'log', 'bury'] },
  });
  const began = performance.now();
  sumUp();
  say(`a loop of 1e9 takes ${inWords(performance.now() - began)} ms here (about 1,000 on a machine that is idle)`);
  const burying = await measureBurying(server.url('bury'));
  const rows = await measureReading(server.url('endput'), server.url('log'));
  const of = `${inWords(LETTERS)} dead letters, of which one costs endput ${burying}`;
  const head = ['question', 'p50, ms', 'p95, ms'];
  await writePageFigures({ name: 'desk-reading', of, surroundings, head, rows }, LETTERS === 1_000_000);
});

/** Work that takes about a second on an idle machine. */
function sumUp(): number {
  let sum = 0;
  for (let n = 0; n < 1e9; n += 1) sum += n;
  return sum;
}

async function measureReading(url: string, logUrl: string): Promise<[string, number, number][]> {
  await migrate(url, MIGRATIONS, logger);
  const filling = performance.now();
  await fillLedger(url, LETTERS, CAUSES);
  say(`${inWords(LETTERS)} dead letters made in ${inWords((performance.now() - filling) / 1000)} s`);
  const pool = createStorefrontPool(url, { name: 'desk', logger });
  const attemptLog = await openAttemptLog(logUrl, 3_600_000, logger);
  await attemptLog.prepare();
  await prepareTotals(pool);
  const counting = performance.now();
  while ((await countOn(pool, 5_000, true))?.more === true);
  say(`counted in ${inWords((performance.now() - counting) / 1000)} s`);

  const app = await createHttpServer({
    ...{ logger, registry: createMetricsRegistry({}), translateError: () => undefined },
    api: { title: 'Desk', description: '', version: '0', tags: [] },
    notReady: () => Promise.resolve(undefined),
  });
  const guard = { reading: () => Promise.resolve() };
  const queues = {
    onConnection: () => undefined,
    read: () => Promise.resolve({ primary: 0, deadLetters: LETTERS }),
    readInHand: () => Promise.resolve(0),
  };
  registerDeadLetters(app, { pool, queues, guard });
  registerDeadLetterDetails(app, { pool, attemptLog, attemptLogTtl: 3_600_000, maxAttempts: 5, logger, guard });
  const ask = async (path: string) => {
    const { statusCode, body } = await app.inject({ url: `/v0/dead-letters${path}` });
    if (statusCode !== 200) throw new Error(`${path}: ${body}`);
    return JSON.parse(body) as {
      groups?: { cause_key: string }[];
      dead_letters?: { message_id: string; died_at: string }[];
    };
  };
  const [group] = (await ask('/groups?state=dead')).groups ?? [];
  const cause = `cause_key=${group?.cause_key ?? ''}`;
  const times = 'died_from=2026-01-05&died_before=2026-01-10';
  const ids = await queryOnce<{ message_id: string }>(url, `select message_id from dead_letters limit 50`);
  const questions: [string, (n: number) => string][] = [
    ['summary', () => '/summary'],
    ['groups', () => '/groups'],
    ['groups, dead', () => '/groups?state=dead'],
    ['groups, source and reason', () => '/groups?state=dead&source=system_1&reason=invalid_message'],
    ['groups, five days', () => `/groups?state=dead&${times}`],
    ['groups, a product', (n) => `/groups?product=product%20${1_000 + n}`],
    ['groups, a word of every product', () => '/groups?product=product'],
    ['page, newest', () => '?state=dead'],
    ['page, oldest', () => '?state=dead&order=oldest'],
    ['page, all states', () => ''],
    ['page in the middle', (n) => `?state=dead&died_before=2026-01-${String(2 + (n % 18)).padStart(2, '0')}T12:00:00Z`],
    ['page, source', () => '?state=dead&source=system_2'],
    ['page, reason', () => '?reason=invalid_message'],
    ['page, cause', () => `?state=dead&${cause}`],
    ['page, cause, source, times', () => `?state=dead&${cause}&source=system_1&${times}`],
    ['page, five days', () => `?state=dead&${times}`],
    ['page, a product', (n) => `?product=product%20${1_000 + n}`],
    ['page, a word of every product', () => '?product=product'],
    ['page, a word of none', (n) => `?product=nothing${n}`],
    ['one dead letter', (n) => `/${ids[n % ids.length]?.message_id ?? ''}`],
  ];
  const rows: [string, number, number][] = [];
  for (const [name, path] of questions) rows.push([name, ...(await askOften(name, (n) => ask(path(n))))]);
  await app.close();
  await attemptLog.close();
  await pool.end();
  return rows;
}

/** Dead letters as a consumer writes them, with and without what the desk has added. */
async function measureBurying(url: string): Promise<string> {
  await migrate(url, MIGRATIONS, logger);
  const pool = createEndputPool(url, { name: 'consumer', logger, max: 1 });
  const bury = async (): Promise<number> => {
    const batches = Array.from({ length: 50 }, () => Array.from({ length: 200 }, madeUpLetter));
    const at = performance.now();
    for (const deadLetters of batches) await writeSettlement(pool, { stored: [], retries: [], deadLetters });
    return ((performance.now() - at) * 1_000) / (50 * 200);
  };
  await bury();
  const after = await bury();
  for (const statement of [
    'drop trigger dead_letters_describe_new on dead_letters',
    'drop trigger dead_letters_describe_changed on dead_letters',
    'alter table dead_letters drop column cause, drop column cause_key, drop column product, drop column product_terms',
    'drop index dead_letters_by_state',
    'create index dead_letters_died on dead_letters (died_at)',
  ])
    await pool.query(statement);
  await bury();
  const before = await bury();
  await pool.end();
  const said = `${after.toFixed(0)} µs, ${before.toFixed(0)} µs without what the desk keeps of it`;
  say(`a dead-lettering takes ${said}`);
  return said;
}

function madeUpLetter(): DeadLetter {
  const messageId = randomUUID();
  const product = `Product ${Math.floor(Math.random() * 99_999)}`;
  return {
    ...{ messageId, position: { cycle: 0, attempt: 5 }, at: new Date(), source: 'system_1', type: 'order' },
    error: { kind: 'transient', message: `attempt 5 of 6 failed for "${product}" of order ${messageId}` },
    headers: { attempt: 5, cycle: 0 },
    body: Buffer.from(
      JSON.stringify({ schema_version: 1, message_id: messageId, order: { id: 1, product, price: '1.00' } }),
    ),
    reason: 'attempts_exhausted',
  };
}
