/**
 * How fast the dead-letter desk redrives one group of dead letters, a tenth of all, without a rate limit, and how much
 * memory its process needs meanwhile: `node --import tsx bench/desk.ts [letters]` (1,000,000 unless told otherwise), with
 * servers of its own. No consumer runs, so that it is the desk, endput and the broker that are measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { orderOperation } from '../db/endput/desk-orders.ts';
import { readOperation } from '../db/endput/desk-operations.ts';
import { createFreezingPool } from '../db/endput/pool.ts';
import { migrate } from '../db/migrate.ts';
import { queryOnce } from './databases.ts';
import { fillLedger } from './load/fill-ledger.ts';
import { describeSurroundings } from './machine.ts';
import { readMetrics, until } from './node-process.ts';
import { writePageFigures } from './page-figures.ts';
import { metricValue } from './prometheus.ts';
import { inRunFolder } from './run-folder.ts';
import { inWords, say } from './say.ts';
import { startServices } from './services.ts';
import { startStorefront } from './storefront.ts';

const LETTERS = Number(process.argv[2] ?? 1_000_000);
const CAUSES = 10;
const MIGRATIONS = fileURLToPath(new URL('../db/endput/migrations', import.meta.url));
const logger = pino({ level: 'warn' });
/** Milliseconds between two looks at memory and progress. */
const INTERVAL = 250;

const surroundings = await describeSurroundings();
await inRunFolder(measure);
process.exit(0);

async function measure(folder: string): Promise<void> {
  say('starting the servers');
  const services = await startServices(folder);
  const { storefront, endput } = await startStorefront(folder, services, { prepare: fill });
  say('waiting until they are counted');
  await until(
    async () => ((await (await fetch(`${storefront.url}/v0/totals`)).json()) as { complete: boolean }).complete,
    1_000,
    () => (storefront.hasExited() ? Promise.reject(new Error('the storefront has ended')) : Promise.resolve()),
  );
  const memory = async () => metricValue(await readMetrics(storefront), 'process_resident_memory_bytes');
  const memoryBefore = await memory();
  say(`memory before: ${megabytes(memoryBefore)}`);

  const pool = createFreezingPool(endput, { name: 'bench', logger });
  const [group] = await queryOnce<{ causeKey: string; letters: number }>(
    endput,
    `select cause_key::text as "causeKey", count(*)::integer as letters from dead_letters where state = 'dead'
      group by 1 order by 2 desc limit 1`,
  );
  if (group === undefined) throw new Error('there is no group');
  const ordered = performance.now();
  const order = await orderOperation(pool, {
    kind: 'redrive',
    selection: { filter: { causeKey: group.causeKey } },
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
  const of =
    `one group of ${inWords(group.letters)} among ${inWords(LETTERS)} dead letters, without a rate limit and without a ` +
    'consumer';
  await writePageFigures({ name: 'desk', of, surroundings, head: ['', ''], rows }, LETTERS === 1_000_000);
}

async function fill(endput: string): Promise<void> {
  say(`filling the ledger with ${inWords(LETTERS)} dead letters`);
  await migrate(endput, MIGRATIONS, logger);
  await fillLedger(endput, LETTERS, CAUSES);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
