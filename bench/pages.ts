/**
 * `npm run bench-pages`: measures what the storefront's page, its feed, its API and the desk do, one after the other, with
 * servers of their own, and writes the figures to `bench/results`. `--quick` measures small sizes, to see that all of it
 * works; its figures are not kept.
 */
import { parseArgs } from 'node:util';
import { startNode } from './node-process.ts';
import type { PageMeasurement } from './page-figures.ts';
import { inRunFolder } from './run-folder.ts';
import { say } from './say.ts';
import { startServices } from './services.ts';
import { startStorefront } from './storefront.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const SIZES = values.quick
  ? { orders: 100_000, letters: 20_000, clients: 50, rate: 2_000, stored: 200, times: 3, seconds: 10 }
  : {
      ...{ orders: 10_000_000, letters: 1_000_000, clients: 1_000, rate: 20_000, stored: 1_000 },
      ...{ times: 20, seconds: 30 },
    };

await inRunFolder(async (folder) => {
  await run(folder, 'storefront-reading', ['--orders', SIZES.orders]);
  await run(folder, 'desk-reading', ['--letters', SIZES.letters]);
  await run(folder, 'desk', [SIZES.letters]);
  await measureUnderLoad(folder);
});
process.exit(0);

/** The pages of one storefront, and its feed and its page while attempts and orders flow. */
async function measureUnderLoad(folder: string): Promise<void> {
  const services = await startServices(folder);
  const env = { STOREFRONT_MAX_CLIENTS: String(SIZES.clients + 50) };
  const { storefront, endput } = await startStorefront(folder, services, { env });
  const { url } = storefront;
  await visit(folder, `${url}/`, 'page-at-rest', 'the page');
  await visit(folder, `${url}/desk`, 'desk-page', 'the page of the desk');
  const flow = ['--url', url, '--rabbitmq', services.rabbitmq.url, '--endput', endput];
  const load = ['--rate', SIZES.rate, '--stored', SIZES.stored];
  await run(folder, 'feed', [...flow, ...load, '--clients', SIZES.clients, '--seconds', SIZES.seconds * 2]);
  // Beside the page one client reads, so that it is the page that is measured.
  const beside = `${SIZES.rate.toLocaleString('en')} attempts/s and ${SIZES.stored.toLocaleString('en')} stored orders/s beside it`;
  const flowing = await start(folder, 'feed', [...flow, ...load, '--clients', 1, '--seconds', 3_600]);
  await visit(folder, `${url}/`, 'page', `the page, with ${beside},`);
  if (flowing.hasExited()) throw new Error('nothing flowed beside the page any more');
  await flowing.stop();
}

async function visit(folder: string, url: string, name: PageMeasurement, of: string): Promise<void> {
  const told = values.quick ? [] : ['--as', name];
  await run(folder, 'page', ['--url', url, '--times', SIZES.times, '--seconds', SIZES.seconds, '--of', of, ...told]);
}

/** Runs one of the measurements to its end. */
async function run(folder: string, name: string, args: readonly (string | number)[]): Promise<void> {
  const how = await (await start(folder, name, args)).exited;
  if (how !== 'ended with exit code 0') throw new Error(`bench/${name}.ts ${how}`);
}

function start(folder: string, name: string, args: readonly (string | number)[]) {
  say(`\n${name} ${args.join(' ')}`);
  const onLine = (line: string) => say(`  ${line}`);
  return startNode(folder, { name, main: `bench/${name}.ts`, args: args.map(String), onLine });
}
