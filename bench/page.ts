import { parseArgs } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../local/services/find-chromium.ts';
import { describeSurroundings } from './machine.ts';
import { PAGE_MEASUREMENTS, writePageFigures, type PageMeasurement } from './page-figures.ts';
import { say } from './say.ts';
import { quantile } from './statistics.ts';
import { traceTasks, type Task } from './trace-tasks.ts';

/**
 * Measures a page of a storefront that runs, in Chromium: how soon it paints in a browser that has never seen it, what it
 * weighs, and for how long it keeps the main thread busy while it is open. `--of` says what it is measured of and what flows
 * meanwhile (`bench/feed.ts` lets attempts and orders flow); `--as` keeps the figures as the latest of that measurement.
 *
 *   node --import tsx bench/page.ts --url http://127.0.0.1:8000/ --times 20 --seconds 30
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8000/' },
    times: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '30' },
    of: { type: 'string' },
    as: { type: 'string' },
  },
});

const name = nameOf(values.as ?? 'page');

function nameOf(text: string): PageMeasurement {
  if (Object.hasOwn(PAGE_MEASUREMENTS, text)) return text as PageMeasurement;
  throw new Error(`--as is ${text}, but it has to be one of ${Object.keys(PAGE_MEASUREMENTS).join(', ')}`);
}

/** What runs in the page is given as text: this file is checked without the browser's types. */
const READ_PAINT = `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null`;

interface Visit {
  /** Milliseconds from the order to go there to the first paint of content. */
  firstPaint: number;
  /** Bytes that came over the network. */
  bytes: number;
}

async function visit(browser: Browser): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    const network = await context.newCDPSession(page);
    await network.send('Network.enable');
    let bytes = 0;
    network.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(values.url, { waitUntil: 'load' });
    // What it asks for first is on its way then.
    await page.waitForTimeout(500);
    const firstPaint = await page.evaluate<number | null>(READ_PAINT);
    if (firstPaint === null) throw new Error(`${values.url} painted nothing`);
    return { firstPaint, bytes };
  } finally {
    await context.close();
  }
}

/** Seconds until the page has its modules and has drawn what it was told first. */
const LOADING = 3;

interface Open {
  /** The longest tasks of the main thread while it loads, and after that. */
  loading: Task;
  after: Task;
  /** Frames of the feed after it has loaded, so that it is seen under which load it was. */
  framesSeen: number;
  framesWithTotals: number;
}

/** Keeps the page open for so many seconds after it has loaded. */
async function keepOpen(browser: Browser, seconds: number): Promise<Open> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    let [framesSeen, framesWithTotals] = [0, 0];
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        framesSeen += 1;
        if (payload.includes('"totals":{')) framesWithTotals += 1;
      }),
    );
    const tasks = await traceTasks(browser, values.url, async () => {
      await page.goto(values.url, { waitUntil: 'load' });
      await page.waitForTimeout(LOADING * 1000);
      [framesSeen, framesWithTotals] = [0, 0];
      await page.waitForTimeout(seconds * 1000);
    });
    return {
      loading: longest(tasks.filter(({ at }) => at < LOADING * 1000)),
      after: longest(tasks.filter(({ at }) => at >= LOADING * 1000)),
      framesSeen,
      framesWithTotals,
    };
  } finally {
    await context.close();
  }
}

const longest = (tasks: readonly Task[]): Task =>
  tasks.reduce((most, task) => (task.took > most.took ? task : most), { at: 0, took: 0, ran: 0 });

const surroundings = await describeSurroundings();
const executablePath = findChromium();
if (executablePath === undefined) throw new Error('there is no Chromium; apt-get install chromium');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  // The first visit starts processes of the browser.
  await visit(browser);
  const visits: Visit[] = [];
  for (let time = 0; time < Number(values.times); time += 1) visits.push(await visit(browser));
  const paints = visits.map(({ firstPaint }) => firstPaint);
  const inMilliseconds = (share: number) => `${Math.round(quantile(paints, share))} ms`;
  say(`first paint of ${visits.length} visits: p50 ${inMilliseconds(0.5)}, p95 ${inMilliseconds(0.95)}`);
  say(`weight: ${(Math.max(...visits.map(({ bytes }) => bytes)) / 1000).toFixed(1)} kB over the network`);
  const { loading, after, framesSeen, framesWithTotals } = await keepOpen(browser, Number(values.seconds));
  const told = ({ took, ran }: Task) => `${Math.round(took)} ms (${Math.round(ran)} ms on a core)`;
  say(
    `longest task of the main thread: ${told(loading)} while it loads, ${told(after)} in ${values.seconds} s after that, ` +
      `${framesSeen} frames of the feed meanwhile, ${framesWithTotals} of them with totals`,
  );
  const rows: [string, number][] = [
    ['first paint, p50, ms', quantile(paints, 0.5)],
    ['first paint, p95, ms', quantile(paints, 0.95)],
    ['weight over the network, kB', Math.max(...visits.map(({ bytes }) => bytes)) / 1000],
    ['longest task of the main thread while it loads, ms', loading.took],
    ['of it on a core (the rest it waited for one), ms', loading.ran],
    [`longest task in ${values.seconds} s after that, ms`, after.took],
    ['of it on a core, ms', after.ran],
    [`frames of the feed in those ${values.seconds} s`, framesSeen],
    ['of which changed the totals', framesWithTotals],
  ];
  const of = `${values.of ?? values.url} in Chromium, ${visits.length} visits`;
  await writePageFigures({ name, of, surroundings, head: ['', ''], rows }, values.as !== undefined);
} finally {
  await browser.close();
}
