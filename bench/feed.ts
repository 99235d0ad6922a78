import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { connect } from 'amqplib';
import { WebSocket } from 'ws';
import { say } from './say.ts';

/**
 * Measures the feed of a storefront under load: `--rate` attempts a second reach it through the broker, `--clients` pages
 * read it, one more does not read at all. Every ten seconds it says how many frames a client got, how large they were, and
 * the storefront's memory and CPU. The storefront has to run, on a virtual host of its own, since what is published are
 * made-up attempts:
 *
 *   RABBITMQ_URL=amqp://.../feed STOREFRONT_MAX_CLIENTS=2000 node --import tsx apis/storefront/main.ts
 *   node --import tsx bench/feed.ts --url http://127.0.0.1:8000 --rabbitmq amqp://.../feed --clients 1000 --rate 20000
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8000' },
    rabbitmq: { type: 'string', default: 'amqp://guest:guest@127.0.0.1:5672' },
    clients: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
  },
});
const rate = Number(values.rate);
const clients = Number(values.clients);
const seconds = Number(values.seconds);

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

const seen = { frames: 0, bytes: 0, closed: 0, attempts: 0 };
function openClient(reads: boolean, isWatched: boolean): Promise<WebSocket> {
  const socket = new WebSocket(`${values.url.replace('http', 'ws')}/ws`, { headers: { origin: values.url } });
  socket.on('message', (data: Buffer) => {
    seen.frames += 1;
    seen.bytes += data.length;
    if (!isWatched) return;
    const frame = JSON.parse(data.toString()) as { attempts?: { sampled?: { of: number } } };
    seen.attempts += frame.attempts?.sampled?.of ?? 0;
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
for (let passed = 0; passed < seconds; passed += REPORT_SECONDS) {
  const before = { ...seen, cpu: await metric('process_cpu_seconds_total'), at: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, REPORT_SECONDS * 1000));
  const span = (performance.now() - before.at) / 1000;
  const frames = seen.frames - before.frames;
  const cpu = (await metric('process_cpu_seconds_total')) - before.cpu;
  say(
    [
      `attempts/s told ${Math.round((seen.attempts - before.attempts) / span)}`,
      `frames/s a client ${(frames / span / clients).toFixed(1)}`,
      `bytes a frame ${Math.round((seen.bytes - before.bytes) / Math.max(1, frames))}`,
      `memory ${Math.round((await metric('process_resident_memory_bytes')) / 1e6)} MB`,
      `CPU ${Math.round((cpu / span) * 100)} %`,
      `dropped ${await metric('storefront_clients_dropped_total')}`,
    ].join(', '),
  );
}
stop.abort();
await publishing;
for (const socket of sockets) socket.terminate();
