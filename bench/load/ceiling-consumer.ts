/**
 * The consuming half of the bare loop: node ceiling-consumer.ts <url> <queue> <messages>. Makes the queue, with the
 * arguments of `primary_queue`, writes `ready`, and `end <epoch ms>` when it has acknowledged so many messages. It stays
 * until it is ended, so that its CPU can be read.
 */
import { connect } from 'amqplib';
import { sourceTopology } from '../../rabbitmq/topology.ts';

const PREFETCH = 2_000;
/** Messages that one acknowledgement speaks for: a bare loop has nothing to do for each alone. */
const ACKNOWLEDGE_EVERY = 100;

const [url = '', queue = '', count = '0'] = process.argv.slice(2);
const messages = Number(count);

const connection = await connect(url, { noDelay: true });
const { version = '0' } = connection.connection.serverProperties as unknown as { version?: string };
const [primaryQueue] = sourceTopology(Number.parseInt(version, 10)).queues;
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: true, arguments: primaryQueue?.arguments });
await channel.prefetch(PREFETCH);
let consumed = 0;
await channel.consume(queue, (delivery) => {
  if (delivery === null) throw new Error('the broker cancelled the consumer');
  consumed += 1;
  if (consumed % ACKNOWLEDGE_EVERY !== 0 && consumed !== messages) return;
  channel.ack(delivery, true);
  if (consumed === messages) process.stdout.write(`end ${Date.now()}\n`);
});
process.stdout.write('ready\n');
