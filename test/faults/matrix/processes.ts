import { call } from '../../harness/system.ts';
import { eventually } from '../../harness/eventually.ts';
import { callManagement } from '../../harness/management.ts';
import type { Fault } from '../fault.ts';
import type { Running } from '../running.ts';

/** Consumers that read `primary_queue` now, as the broker sees it. */
async function readers({ servers }: Running): Promise<number> {
  const consumers = (await callManagement(servers.rabbitmq.managementUrl, '/consumers/%2F')) as {
    queue: { name: string };
  }[];
  return consumers.filter(({ queue }) => queue.name === 'primary_queue').length;
}

const RESTARTS = 20;

/** Our own processes end, or stop answering. */
export const PROCESSES: readonly Fault[] = [
  {
    name: 'a consumer is killed, three times (SIGKILL)',
    sees: 'Nothing: the other consumer takes over what was in hand at once.',
    differs: true,
    isShort: true,
    async inflict(running) {
      for (let kills = 0; kills < 3; kills += 1) {
        await running.consumers[kills]?.kill();
        await running.addConsumer(false);
        await running.untilMoreSettled(running.rows / 20);
      }
    },
  },
  {
    name: 'a consumer is told to stop and another started, three times (SIGTERM)',
    sees: 'Nothing: it finishes what it has in hand and ends with exit code 0. No attempt is spent.',
    differs: true,
    isShort: true,
    async inflict(running) {
      for (let stops = 0; stops < 3; stops += 1) {
        const consumer = running.consumers[stops];
        consumer?.signal('SIGTERM');
        const how = await consumer?.exited;
        if (how !== 'ended with exit code 0') throw new Error(`the consumer ${how ?? 'is not there'}`);
        await running.addConsumer(false);
        await running.untilMoreSettled(running.rows / 20);
      }
    },
  },
  {
    name: 'both consumers are killed at once (SIGKILL)',
    sees: 'Orders wait in primary_queue until a consumer runs again.',
    differs: true,
    async inflict(running) {
      await Promise.all(running.consumers.map((consumer) => consumer.kill()));
      await Promise.all([running.addConsumer(), running.addConsumer()]);
    },
  },
  {
    name: 'a consumer stops answering for longer than the heartbeat (SIGSTOP)',
    sees: 'The broker gives what it had in hand to the other consumer; when it goes on, what it still settles is recognised.',
    differs: true,
    isShort: true,
    async inflict(running) {
      const [frozen] = running.consumers;
      await eventually(async () => {
        if ((await readers(running)) !== 2) throw new Error('the broker does not show both consumers yet');
      });
      frozen?.pause();
      await eventually(async () => {
        if ((await readers(running)) !== 1) throw new Error('the broker has not given up the consumer yet');
      }, 60_000);
      frozen?.resume();
    },
  },
  {
    name: 'a source API is killed during its run (SIGKILL)',
    sees: 'Its run is `interrupted`; `POST /v0/process/run` goes on after the last confirmed page.',
    differs: false,
    isShort: true,
    at: 'once',
    // So that the run has a middle that lasts: hundreds of pages, each confirmed before the next, in either form.
    sourceSettings: { PUBLISH_PAGE_SIZE: '20' },
    short: { sourceSettings: { PUBLISH_PAGE_SIZE: '1' } },
    async inflict(running) {
      const [api] = running.apis;
      if (!api) throw new Error('no API runs');
      const published = running.random.between(0.05, 0.4) * (running.rows / 2);
      await eventually(
        async () => {
          const { body } = await call(api, 'GET', '/v0/process');
          if ((body as { published: number }).published < published) throw new Error('it has not come so far');
        },
        60_000,
        5,
      );
      await api.kill();
      const successor = await running.startSource(0);
      running.apis[0] = successor;
      const { body } = await call(successor, 'GET', '/v0/process');
      if ((body as { unpublished: number }).unpublished === 0) throw new Error('it was killed after its run');
      // Until its lease expires, the run is not known to be over.
      await eventually(async () => {
        const { state } = (await call(successor, 'GET', '/v0/process')).body as { state: string };
        if (state !== 'interrupted') throw new Error(`the run of the one that was killed is ${state}`);
      });
      await running.runSource(successor);
    },
  },
  {
    name: `${RESTARTS} restarts of the consumer under backlog (SIGKILL and SIGTERM)`,
    sees: 'Slower for as long as it lasts. No message is taken for the one that kills its consumer.',
    differs: true,
    backlog: true,
    async inflict(running) {
      for (let restarts = 0; restarts < RESTARTS; restarts += 1) {
        const consumer = await running.addConsumer(false);
        if (running.progress.settled() < running.rows) await running.untilMoreSettled(1);
        if (running.random.chance(0.5)) await consumer.kill();
        else await consumer.stop();
      }
      await Promise.all([running.addConsumer(), running.addConsumer()]);
    },
    expect: expectNoVictim,
  },
];

async function expectNoVictim(running: Running): Promise<void> {
  const victims = await running.endput(`select message_id from dead_letters where reason = 'consumer_crashed'`);
  const suspects = await running.endput('select message_id from suspects');
  if (victims.length + suspects.length > 0) throw new Error(`victims ${victims.length}, suspects ${suspects.length}`);
}
