import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { connect } from 'amqplib';
import { WebSocket } from 'ws';
import { describeSurroundings } from './machine.ts';
import { storeOrdersAtRate } from './load/store-orders.ts';
import { writePageFigures } from './page-figures.ts';
import { say } from './say.ts';
import { quantile } from './statistics.ts';

/**
 * Measures the feed of a storefront under load: `--rate` attempts a second reach it through the broker, `--clients` pages
 * read it, one more does not read at all. Every ten seconds it says how many frames a client got, how large they were, and
 * the storefront's memory and CPU. The storefront has to run, on a virtual host of its own, since what is published are
 * made-up attempts. With `--endput` so many orders a second (`--stored`) are really stored there meanwhile, so that totals and
 * products move in the frames too:
 *
 *   RABBITMQ_URL=amqp://.../feed STOREFRONT_MAX_CLIENTS=2000 node --import tsx apis/storefront/main.ts
 *   node --import tsx bench/feed.ts --url http://127.0.0.1:8000 --rabbitmq amqp://.../feed --clients 1000 \
 *     --rate 20000 --endput postgres://.../endput --stored 1000
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8000' },
    rabbitmq: { type: 'string', default: 'amqp://guest:guest@127.0.0.1:5672' },
    clients: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
    endput: { type: 'string' },
    stored: { type: 'string', default: '1000' },
  },
});
const rate = Number(values.rate);
const clients = Number(values.clients);
const seconds = Number(values.seconds);
const stored = values.endput === undefined ? 0 : Number(values.stored);
const surroundings = await describeSurroundings();

/** Records of a message, as the consumer writes them: a batch has up to 200 deliveries. */
const RECORDS = 200;
const OUTCOMES = ['succeeded', 'retrying', 'dead'] as const;
const REPORT_SECONDS = 10;

function batch(outcome: (typeof OUTCOMES)[number]): Buffer {
  const at = new Date().toISOString();
  const records = Array.from({ length: RECORDS }, (_, index) => ({
    message_id: randomUUID(),
    cycle: 0,
    processing: {
      processing_attempts: 1,
      processing_info: `It was not successful at the 1 attempt.`,
      processing_times: 2,
    },
    origin: {
      system: `system_${1 + (index % 2)}`,
      database_resource: 'db_postgres_1',
      schema_resource: 'public',
      table_resource: 'orders',
    },
    order: { id: index, product: `Product ${index}`, price: '274.00', created_at: at, security_check: true },
    processed_at: at,
    outcome,
    ...(outcome !== 'succeeded' && { error: { kind: 'transient', message: 'simulated failure' } }),
    ...(outcome === 'retrying' && { next_attempt_at: at }),
    consumer: 'bench:1',
    duration_ms: 0.05,
  }));
  return Buffer.from(JSON.stringify(records));
}

/** Publishes at the rate until it is told to stop. Batches are made once: making them would take the CPU that is measured. */
async function publish(until: AbortSignal): Promise<void> {
  const connection = await connect(values.rabbitmq);
  const channel = await connection.createConfirmChannel();
  const bodies = OUTCOMES.map((outcome) => ({ outcome, body: batch(outcome) }));
  const began = performance.now();
  for (let published = 0; !until.aborted;) {
    const due = ((performance.now() - began) / 1000) * (rate / RECORDS);
    for (; published < due; published += 1) {
      const { outcome, body } = bodies[published % 10 < 7 ? 0 : published % 10 < 9 ? 1 : 2] ?? {
        outcome: '',
        body: null,
      };
      if (body) channel.publish('attempts', outcome, body);
    }
    await channel.waitForConfirms();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await connection.close();
}

const seen = { frames: 0, bytes: 0, closed: 0, attempts: 0, stored: 0 };
function openClient(reads: boolean, isWatched: boolean): Promise<WebSocket> {
  const socket = new WebSocket(`${values.url.replace('http', 'ws')}/ws`, { headers: { origin: values.url } });
  socket.on('message', (data: Buffer) => {
    seen.frames += 1;
    seen.bytes += data.length;
    if (!isWatched) return;
    const frame = JSON.parse(data.toString()) as {
      attempts?: { sampled?: { of: number } };
      totals?: { sources: { stored: number }[] } | null;
    };
    seen.attempts += frame.attempts?.sampled?.of ?? 0;
    if (frame.totals) seen.stored = frame.totals.sources.reduce((sum, source) => sum + source.stored, 0);
  });
  socket.on('close', () => (seen.closed += 1));
  return new Promise((resolve, reject) => {
    // Later ones are followed by `close`.
    socket.on('error', (error) => reject(new Error(`no feed answers at ${values.url}: ${error.message}`)));
    socket.once('open', () => {
      socket.send('{"type":"hello"}');
      if (!reads) socket.pause();
      resolve(socket);
    });
  });
}

/** The sum over all labels. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${values.url}/metrics`)).text();
  const series = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  if (series.length === 0) throw new Error(`${values.url} has no metric ${name}`);
  return series.reduce((sum, [, value]) => sum + Number(value), 0);
}

const sockets = [await openClient(false, false)];
for (let opened = 0; opened < clients; opened += 50) {
  const some = Array.from({ length: Math.min(50, clients - opened) }, (_, index) =>
    openClient(true, opened + index === 0),
  );
  sockets.push(...(await Promise.all(some)));
}
say(`${sockets.length} clients are connected, one of them does not read`);

const stop = new AbortController();
const publishing = publish(stop.signal);
const filling = values.endput === undefined ? undefined : storeOrdersAtRate(values.endput, stored, stop.signal);
const intervals: { attempts: number; frames: number; bytes: number; stored: number; memory: number; cpu: number }[] =
  [];
for (let passed = 0; passed < seconds; passed += REPORT_SECONDS) {
  const before = { ...seen, cpu: await metric('process_cpu_seconds_total'), at: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, REPORT_SECONDS * 1000));
  const span = (performance.now() - before.at) / 1000;
  const frames = seen.frames - before.frames;
  const interval = {
    attempts: (seen.attempts - before.attempts) / span,
    frames: frames / span / clients,
    bytes: (seen.bytes - before.bytes) / Math.max(1, frames),
    stored: (seen.stored - before.stored) / span,
    memory: (await metric('process_resident_memory_bytes')) / 1e6,
    cpu: (((await metric('process_cpu_seconds_total')) - before.cpu) / span) * 100,
  };
  intervals.push(interval);
  say(
    [
      `attempts/s told ${Math.round(interval.attempts)}`,
      `frames/s a client ${interval.frames.toFixed(1)}`,
      `bytes a frame ${Math.round(interval.bytes)}`,
      `orders/s in the totals ${Math.round(interval.stored)}`,
      `memory ${Math.round(interval.memory)} MB`,
      `CPU ${Math.round(interval.cpu)} %`,
      `dropped ${await metric('storefront_clients_dropped_total')}`,
    ].join(', '),
  );
}
const dropped = await metric('storefront_clients_dropped_total');
stop.abort();
await Promise.all([publishing, filling]);
for (const socket of sockets) socket.terminate();
const median = (of: keyof (typeof intervals)[number]) =>
  quantile(
    intervals.map((interval) => interval[of]),
    0.5,
  );
const rows: [string, number][] = [
  ['attempts/s told', median('attempts')],
  ['frames/s a client', median('frames')],
  ['bytes a frame', median('bytes')],
  ['orders/s that reach the totals', median('stored')],
  ['memory of the storefront in the first ten seconds, MB', intervals[0]?.memory ?? 0],
  ['memory in the last ten seconds, MB', intervals.at(-1)?.memory ?? 0],
  ['CPU of the storefront, % of a core', median('cpu')],
  ['clients dropped (one does not read)', dropped],
];
const load = `${rate.toLocaleString('en')} attempts/s and ${stored.toLocaleString('en')} stored orders/s`;
const of = `${clients.toLocaleString('en')} clients that read and one that does not, ${load}, ${seconds} s`;
const isStandard = clients === 1_000 && rate === 20_000 && values.endput !== undefined;
await writePageFigures({ name: 'feed', of, surroundings, head: ['median of ten seconds each', ''], rows }, isStandard);
