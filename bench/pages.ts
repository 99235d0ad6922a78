/**
 * `npm run bench-pages`: measures what the storefront's page, its feed, its API and the desk do, one after the other, with
 * servers of their own, and writes the figures to `bench/results`. `--quick` measures small sizes, to see that all of it
 * works; its figures are not kept.
 */
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDatabase } from './databases.ts';
import { endEverything } from './end-everything.ts';
import { startNode, startOurs } from './node-process.ts';
import { say } from './say.ts';
import { startServices } from './services.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const SIZES = values.quick
  ? { orders: 100_000, letters: 20_000, clients: 50, rate: 2_000, stored: 200, times: 3, seconds: 10 }
  : {
      ...{ orders: 10_000_000, letters: 1_000_000, clients: 1_000, rate: 20_000, stored: 1_000 },
      ...{ times: 20, seconds: 30 },
    };

const folder = await mkdtemp(join(tmpdir(), 'order-ingestion-bench-pages-'));
// The database servers may run as another user.
await chmod(folder, 0o755);
try {
  await run('storefront-reading', ['--orders', SIZES.orders]);
  await run('desk-reading', ['--letters', SIZES.letters]);
  await run('desk', [SIZES.letters]);
  await measureUnderLoad();
} finally {
  await endEverything(folder);
}
process.exit(0);

/** The page and the feed, of one storefront, while attempts and orders flow. */
async function measureUnderLoad(): Promise<void> {
  const services = await startServices(folder);
  await createDatabase(services.endput, 'endput');
  const endput = services.endput.url('endput');
  const { url } = await startOurs(folder, 'STOREFRONT_HTTP_PORT', {
    name: 'storefront',
    main: 'apis/storefront/main.ts',
    env: {
      ENDPUT_DATABASE_URL: endput,
      RABBITMQ_URL: services.rabbitmq.url,
      ATTEMPT_LOG_URL: services.attemptLog.url('postgres'),
      STOREFRONT_MAX_CLIENTS: String(SIZES.clients + 50),
      DEAD_LETTER_SWEEP_INTERVAL: 'off',
    },
  });
  const flow = ['--url', url, '--rabbitmq', services.rabbitmq.url, '--endput', endput];
  const load = ['--rate', SIZES.rate, '--stored', SIZES.stored];
  await run('feed', [...flow, ...load, '--clients', SIZES.clients, '--seconds', SIZES.seconds * 2]);
  // Beside the page one client reads, so that it is the page that is measured.
  const beside = `${SIZES.rate.toLocaleString('en')} attempts/s and ${SIZES.stored.toLocaleString('en')} stored orders/s beside it`;
  const flowing = start('feed', [...flow, ...load, '--clients', 1, '--seconds', 3_600]);
  const told = values.quick ? [] : ['--beside', beside];
  await run('page', ['--url', `${url}/`, '--times', SIZES.times, '--seconds', SIZES.seconds, ...told]);
  if (flowing.hasExited()) throw new Error('nothing flowed beside the page any more');
  await flowing.stop();
}

/** Runs one of the measurements to its end. */
async function run(name: string, args: readonly (string | number)[]): Promise<void> {
  const how = await start(name, args).exited;
  if (how !== 'ended with exit code 0') throw new Error(`bench/${name}.ts ${how}`);
}

function start(name: string, args: readonly (string | number)[]) {
  say(`\n${name} ${args.join(' ')}`);
  const onLine = (line: string) => say(`  ${line}`);
  return startNode(folder, { name, main: `bench/${name}.ts`, args: args.map(String), onLine });
}
