import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import type { Running } from '../running.ts';

/** The handler does not end as it should, on one message. */
export const HANDLERS: readonly Fault[] = [
  {
    name: 'a handler ends its process on one message',
    sees: 'That message is dead: `consumer_crashed`, after three deaths with it alone in hand. Its neighbours go through.',
    differs: true,
    treacherous: true,
    // Nobody else starts consumers again.
    at: 'once',
    rows: [['DIE', '1.00', true]],
    async inflict(running) {
      // What restarts the consumer in production.
      while ((await deadOf(running, 'DIE')).length === 0) {
        const dead = running.consumers.filter((consumer) => consumer.hasExited());
        for (const consumer of dead) running.consumers.splice(running.consumers.indexOf(consumer), 1);
        await Promise.all(dead.map(() => running.addConsumer(false)));
        await sleep(100);
      }
    },
    async expect(running) {
      await expectDead(running, 'DIE', 'consumer_crashed');
      const all = await running.endput(`select message_id from dead_letters where reason = 'consumer_crashed'`);
      if (all.length !== 1) throw new Error(`${all.length} messages are dead for consumer_crashed`);
    },
  },
  {
    name: 'a handler never returns',
    sees: 'Its attempt fails after `HANDLER_TIMEOUT` (here 2 s), five times; then the message is dead: `attempts_exhausted`.',
    differs: true,
    treacherous: true,
    settings: { HANDLER_TIMEOUT: '2s' },
    rows: [['NEVER RETURN', '1.00', false]],
    async inflict(running) {
      while ((await deadOf(running, 'NEVER RETURN')).length === 0) await sleep(100);
    },
    expect: (running) => expectDead(running, 'NEVER RETURN', 'attempts_exhausted'),
  },
];

const deadOf = (running: Running, product: string) =>
  running.endput<{ reason: string }>(
    `select reason from dead_letters where convert_from(body, 'UTF8')::jsonb -> 'order' ->> 'product' = $1`,
    [product],
  );

async function expectDead(running: Running, product: string, reason: string): Promise<void> {
  const dead = await deadOf(running, product);
  if (dead.length !== 1 || dead[0]?.reason !== reason) throw new Error(`${product} is ${JSON.stringify(dead)}`);
}
