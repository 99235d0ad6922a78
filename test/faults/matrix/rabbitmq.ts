import { setTimeout as sleep } from 'node:timers/promises';
import { call } from '../../harness/system.ts';
import { eventually } from '../../harness/eventually.ts';
import { untilNotReady } from '../consumer-says.ts';
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
    sees: 'Sources and consumers wait; `waits_for` of `GET /v0/process` and `/health/ready` of a consumer say that the broker takes no messages; afterwards all goes on.',
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
    settings: { RETRY_DELAYS: '30s' },
    short: { settings: { RETRY_DELAYS: '6s' } },
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
async function alarm(running: Running, raise: string[], end: string[]): Promise<void> {
  const { rabbitmq } = running.servers;
  const { consumers } = running;
  // The broker's program takes seconds to start, in which few orders would all be settled.
  for (const consumer of consumers) consumer.pause();
  try {
    await rabbitmq.control(...raise);
  } finally {
    for (const consumer of consumers) consumer.resume();
  }
  try {
    await untilNotReady(running, /the broker takes no messages|a memory or disk alarm/);
    await orderARun(running);
    await sleep(ALARM);
    await expectRunWaits(running);
  } finally {
    await rabbitmq.control(...end);
  }
}

/** Gives the first source something to publish, and orders a run of it: it may have published all that it had. */
async function orderARun({ apis: [api], insertRow }: Running): Promise<void> {
  if (!api) throw new Error('no API runs');
  await insertRow('for a broker that takes nothing', '1.00', true);
  const { status } = await call(api, 'POST', '/v0/process/run');
  // Refused where a run is going on: that one waits.
  if (status !== 202 && status !== 409) throw new Error(`run answered ${status}`);
}

async function expectRunWaits({ apis: [api] }: Running): Promise<void> {
  if (!api) throw new Error('no API runs');
  const { body } = await call(api, 'GET', '/v0/process');
  const { state, unpublished, run } = body as { state: string; unpublished: number; run: { waits_for: string | null } };
  if (state !== 'running' || unpublished === 0 || !/the broker takes no messages/.test(String(run.waits_for))) {
    throw new Error(
      `during the alarm the run is ${state}, waits for ${String(run.waits_for)}, and ${unpublished} rows are unpublished`,
    );
  }
}

/** What two consumers may have in hand. */
const IN_HAND = 2 * 600;

/** A message that is taken again and again during an alarm would be taken for one that kills its consumer. */
function expectFewRedeliveries(_: Running, { redelivered }: Measured): void {
  if (redelivered === undefined) throw new Error('it is not known how many messages were redelivered');
  if (redelivered > IN_HAND) throw new Error(`${redelivered} messages were redelivered`);
}
