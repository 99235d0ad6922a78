/**
 * How fast the dead-letter desk redrives one group of dead letters without a rate limit, and how much memory its process
 * needs meanwhile: `node --import tsx bench/desk.ts [letters]` (100,000 unless told otherwise), with servers of its own. No
 * consumer runs, so that it is the desk, endput and the broker that are measured.
 */
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { orderOperation } from '../db/endput/desk-orders.ts';
import { readOperation } from '../db/endput/desk-operations.ts';
import { createFreezingPool } from '../db/endput/pool.ts';
import { createDatabase, queryOnce } from './databases.ts';
import { endEverything } from './end-everything.ts';
import { describeSurroundings } from './machine.ts';
import { readMetrics, startOurs } from './node-process.ts';
import { writePageFigures } from './page-figures.ts';
import { metricValue } from './prometheus.ts';
import { say } from './say.ts';
import { startServices } from './services.ts';

const LETTERS = Number(process.argv[2] ?? 100_000);
/** Milliseconds between two looks at memory and progress. */
const INTERVAL = 250;

const INSERT = `
  insert into dead_letters (message_id, cycle, attempt, source, type, reason, error_kind, error_message, first_seen_at,
                            died_at, headers, body)
  select id, 0, 5, 'system_1', 'order', 'attempts_exhausted', 'transient', 'the shop is closed', now(),
         now() + n * interval '1 microsecond', '{"attempt": 5, "cycle": 0}',
         convert_to(json_build_object(
           'schema_version', 1, 'message_id', id, 'processing', json_build_object('processing_times', 1),
           'origin', json_build_object('system', 'system_1', 'database_resource', 'db_postgres_1', 'schema_resource', 'public',
                                       'table_resource', 'orders'),
           'order', json_build_object('id', n, 'product', 'a thing', 'price', '2.50', 'security_check', true,
                                      'created_at', '2026-01-01T00:00:00.000000Z'))::text, 'UTF8')
    from (select n, gen_random_uuid() as id from generate_series(1, $1::integer) n) letters`;

const surroundings = await describeSurroundings();
const folder = await mkdtemp(join(tmpdir(), 'order-ingestion-bench-desk-'));
try {
  // The database servers may run as another user.
  await chmod(folder, 0o755);
  await measure();
} finally {
  await endEverything(folder);
}
process.exit(0);

async function measure(): Promise<void> {
  say('starting the servers');
  const services = await startServices(folder);
  await createDatabase(services.endput, 'endput');
  const endput = services.endput.url('endput');
  const storefront = await startOurs(folder, 'STOREFRONT_HTTP_PORT', {
    name: 'storefront',
    main: 'apis/storefront/main.ts',
    env: {
      ENDPUT_DATABASE_URL: endput,
      RABBITMQ_URL: services.rabbitmq.url,
      ATTEMPT_LOG_URL: services.attemptLog.url('postgres'),
      DEAD_LETTER_SWEEP_INTERVAL: 'off',
    },
  });
  say(`filling the ledger with ${LETTERS} letters`);
  await queryOnce(endput, INSERT, [LETTERS]);
  await queryOnce(endput, 'vacuum analyze dead_letters');
  const memory = async () => metricValue(await readMetrics(storefront), 'process_resident_memory_bytes');
  const memoryBefore = await memory();
  say(`memory before: ${megabytes(memoryBefore)}`);

  const pool = createFreezingPool(endput, { name: 'bench', logger: pino({ level: 'silent' }) });
  const ordered = performance.now();
  const order = await orderOperation(pool, {
    kind: 'redrive',
    selection: { filter: { reason: 'attempts_exhausted' } },
    asked: {},
    actor: 'bench',
    comment: null,
    rate: null,
    maxDeadShare: null,
  });
  if (order === undefined) throw new Error('nothing to redrive');
  const frozen = performance.now();
  say(`frozen in ${Math.round(frozen - ordered)} ms`);
  let [highest, rate, seconds] = [memoryBefore, 0, 0];
  for (let isDone = false; !isDone;) {
    await sleep(INTERVAL);
    const operation = await readOperation(pool, order.id);
    isDone = operation?.state === 'done';
    seconds = (performance.now() - frozen) / 1_000;
    rate = Math.round((operation?.sent ?? 0) / seconds);
    const now = await memory();
    highest = Math.max(highest, now);
    say(`${seconds.toFixed(1)} s: ${operation?.sent ?? 0} sent, ${rate} messages/s, memory ${megabytes(now)}`);
  }
  await pool.end();
  const rows: [string, number][] = [
    ['the set is frozen, ms', frozen - ordered],
    ['all are published and confirmed, s', seconds],
    ['messages/s', rate],
    ['memory of the storefront before, MB', memoryBefore / 1e6],
    ['memory at most, MB', highest / 1e6],
  ];
  const of = `${LETTERS.toLocaleString('en')} dead letters, without a rate limit and without a consumer`;
  await writePageFigures({ name: 'desk', of, surroundings, head: ['', ''], rows }, LETTERS === 100_000);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
