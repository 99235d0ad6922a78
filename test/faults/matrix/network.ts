import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { isWhole } from '../form.ts';

/** Longer than two heartbeats, after which both ends give a connection up. */
const CUT = isWhole ? 20_000 : 8_000;
const LOSSY = isWhole ? 60_000 : 10_000;
/** A lost segment is sent again after 200 ms at the earliest, and then after twice that. */
const RETRANSMISSION = 200;

/** The network between the consumers and the broker. */
export const NETWORK: readonly Fault[] = [
  {
    name: 'the network between consumers and RabbitMQ is cut silently',
    sees: 'The consumers notice after two heartbeats, and go on when the network is back.',
    differs: true,
    isShort: true,
    proxied: true,
    async inflict(running) {
      const { broker } = running.network();
      broker.cut();
      await sleep(CUT);
      broker.restore();
    },
  },
  {
    name: 'the network between consumers and RabbitMQ loses packets and connections',
    sees: 'Slower for as long as it lasts.',
    differs: true,
    proxied: true,
    async inflict(running) {
      const { broker } = running.network();
      const { random } = running;
      broker.delay(() => {
        let delay = 0;
        for (let wait = RETRANSMISSION; random.chance(0.1); wait *= 2) delay += wait;
        return delay;
      });
      for (const until = Date.now() + LOSSY; Date.now() < until;) {
        await sleep(random.between(1_000, LOSSY / 4));
        broker.reset();
      }
      broker.delay(() => 0);
    },
  },
];
