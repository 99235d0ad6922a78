/**
 * The publishing half of the bare loop: node ceiling-publisher.ts <url> <queue> <messages>. Publishes straight to the
 * queue, with confirms: it writes `connected`, begins at SIGUSR2 and then writes `start <epoch ms>`. It stays until it is
 * ended, so that its CPU can be read.
 */
import { connect } from 'amqplib';
import { createMadeUpPublications } from './made-up-publications.ts';

/** Messages that wait for their confirm at most: as many as two sources have under way with their pages of 1,000. */
const WINDOW = 2_000;
/** Different bodies. */
const BODIES = 1_000;

const [url = '', queue = '', count = '0'] = process.argv.slice(2);
const messages = Number(count);
const bodies = createMadeUpPublications({ failures: false, maxAttempts: 5 })(BODIES);

const connection = await connect(url, { noDelay: true });
const channel = await connection.createConfirmChannel();
let published = 0;
let confirmed = 0;

function onConfirm(error: unknown): void {
  if (error) throw new Error('the broker refused a message', { cause: error });
  confirmed += 1;
  if (published - confirmed <= WINDOW / 2) fillWindow();
}

function fillWindow(): void {
  while (published < messages && published - confirmed < WINDOW) {
    const message = bodies[published % BODIES];
    if (message === undefined) return;
    const { body, headers, messageId = '', type = '', appId = '' } = message;
    published += 1;
    const timestamp = Math.floor(Date.now() / 1_000);
    const properties = { persistent: true, mandatory: true, contentType: 'application/json', timestamp };
    channel.publish('', queue, body, { ...properties, headers, messageId, type, appId }, onConfirm);
  }
}

process.once('SIGUSR2', () => {
  process.stdout.write(`start ${Date.now()}\n`);
  fillWindow();
});
process.stdout.write('connected\n');
