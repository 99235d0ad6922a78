import { setTimeout as sleep } from 'node:timers/promises';
import { call } from '../../harness/system.ts';
import { eventually } from '../../harness/eventually.ts';
import type { Fault } from '../fault.ts';
import { isWhole } from '../form.ts';
import type { Measured } from '../results.ts';
import type { Running } from '../running.ts';

/** Longer than a consumer holds a batch. */
const ALARM = isWhole ? 20_000 : 7_000;

/** The broker ends, refuses messages, or forgets everything. */
export const RABBITMQ: readonly Fault[] = [
  {
    name: 'RabbitMQ is restarted',
    sees: 'Consumers and sources wait until it answers, and go on.',
    differs: true,
    async inflict({ servers: { rabbitmq } }) {
      await rabbitmq.stop();
      await rabbitmq.start();
    },
  },
  {
    name: 'RabbitMQ is killed',
    sees: 'As a restart.',
    differs: true,
    isShort: true,
    async inflict({ servers: { rabbitmq } }) {
      await rabbitmq.kill();
      await rabbitmq.start();
    },
  },
  {
    name: 'RabbitMQ and a consumer are killed at the same moment, three times',
    sees: 'Orders wait until the broker answers.',
    differs: true,
    async inflict(running) {
      const { rabbitmq } = running.servers;
      for (let kills = 0; kills < 3; kills += 1) {
        await Promise.all([rabbitmq.kill(), running.consumers[kills]?.kill()]);
        const [consumer] = await Promise.all([running.addConsumer(false), rabbitmq.start()]);
        await consumer.ready();
        await running.untilMoreSettled(Math.floor(running.rows / 10));
      }
    },
  },
  {
    name: 'RabbitMQ raises its memory alarm',
    sees: 'Sources and consumers wait, and say that the broker takes no messages; afterwards all goes on.',
    differs: true,
    isShort: true,
    async inflict(running) {
      await alarm(running, ['set_vm_memory_high_watermark', '0.0000001'], ['set_vm_memory_high_watermark', '0.4']);
    },
    expect: expectFewRedeliveries,
  },
  {
    name: 'RabbitMQ raises its disk alarm',
    sees: 'As the memory alarm.',
    differs: true,
    async inflict(running) {
      await alarm(running, ['set_disk_free_limit', '900000GB'], ['set_disk_free_limit', '50MB']);
    },
    expect: expectFewRedeliveries,
  },
  {
    name: 'the data directory of RabbitMQ is deleted',
    sees: 'Clear and run each source: the rest comes from the sources, retries from endput. `dlq_queue` lacks the earlier dead letters, which are in the ledger. (Attempts that were not in the log yet would be missing there; here all of them were.)',
    differs: true,
    isShort: true,
    losesTheBroker: true,
    settings: { RETRY_DELAYS: isWhole ? '30s' : '6s' },
    at: [0, 0],
    async inflict(running) {
      const { rabbitmq } = running.servers;
      await eventually(async () => {
        if ((await running.recordedMessages()) < running.rows) throw new Error('not every first attempt is recorded');
      }, 120_000);
      await rabbitmq.kill();
      await rabbitmq.wipe();
      await rabbitmq.start();
      for (const api of running.apis) {
        await eventually(async () => {
          const { status } = await call(api, 'POST', '/v0/process/clear');
          if (status !== 200) throw new Error(`clear answered ${status}`);
        }, 90_000);
        await running.runSource(api);
      }
    },
  },
];

/** Raises an alarm for a while, once the flow has come to a stop by it, and ends it. */
async function alarm({ servers: { rabbitmq }, consumers }: Running, raise: string[], end: string[]): Promise<void> {
  // The broker's program takes seconds to start, in which few orders would all be settled.
  for (const consumer of consumers) consumer.pause();
  try {
    await rabbitmq.control(...raise);
  } finally {
    for (const consumer of consumers) consumer.resume();
  }
  try {
    await eventually(async () => {
      const outages = await Promise.all(consumers.map(async ({ url }) => (await fetch(`${url}/health/ready`)).status));
      if (!outages.includes(503)) throw new Error('no consumer has noticed the alarm');
    }, 30_000);
    await sleep(ALARM);
  } finally {
    await rabbitmq.control(...end);
  }
}

/** What two consumers may have in hand. */
const IN_HAND = 2 * 600;

/** A message that is taken again and again during an alarm would be taken for one that kills its consumer. */
function expectFewRedeliveries(_: Running, { redelivered }: Measured): void {
  if (redelivered === undefined) throw new Error('it is not known how many messages were redelivered');
  if (redelivered > IN_HAND) throw new Error(`${redelivered} messages were redelivered`);
}
