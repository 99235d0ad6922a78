/**
 * Publishes orders at a steady rate: node steady-feeder.ts <url> <orders a second> <orders>. They are those of a source,
 * 7 of 10 with a passed security check, with the failures of the demonstration. Writes `published <orders> <ms>` when
 * the broker has confirmed the last one. It stays until it is ended, so that its CPU can be read.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '../../rabbitmq/connection.ts';
import { createPublisher } from '../../rabbitmq/publisher.ts';
import { createMadeUpPublications } from './made-up-publications.ts';

/** Milliseconds between two portions. */
const TICK = 50;
const CONFIRM_TIMEOUT = 30_000;

const [url = '', rateText = '0', ordersText = '0'] = process.argv.slice(2);
const rate = Number(rateText);
const orders = Number(ordersText);
const make = createMadeUpPublications({ failures: true, maxAttempts: 5 });

const connection = await openConnection(url, { heartbeat: 10, name: 'bench: steady feeder' });
const publisher = await createPublisher(connection);
const underWay = new Set<Promise<void>>();
const startedAt = performance.now();
for (let published = 0; published < orders;) {
  const due = Math.min(orders, Math.floor(((performance.now() - startedAt) * rate) / 1_000));
  if (due > published) {
    const sending = publisher.publishAll(make(due - published), CONFIRM_TIMEOUT);
    // A portion that fails ends this process with its error; the benchmark sees that.
    underWay.add(sending);
    void sending.then(() => underWay.delete(sending));
    published = due;
  }
  await sleep(TICK);
}
await Promise.all(underWay);
process.stdout.write(`published ${orders} ${Math.round(performance.now() - startedAt)}\n`);
