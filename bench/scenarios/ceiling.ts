import { cpuBetween } from '../cpu.ts';
import { ScenarioError } from '../measurement.ts';
import { until } from '../node-process.ts';
import type { Scenario } from '../scenario.ts';
import { perSecond } from '../statistics.ts';
import { openSystem } from '../system.ts';

const QUEUE = 'ceiling';

/**
 * The ceiling of everything that sends orders through a broker: a bare loop of publishing with confirms and consuming, on
 * a quorum queue like `primary_queue`, with messages of the real size, each half in a process of its own.
 */
export const ceiling = (messages: number, rounds: number): Scenario => ({
  name: 'ceiling',
  what: 'bare loop: publish with confirms, consume',
  rounds,
  async run({ services }) {
    const system = await openSystem(services, {});
    try {
      const said = new Map<string, number>();
      const start = (name: string) =>
        system.startLoad({
          name: `ceiling_${name}`,
          main: `bench/load/ceiling-${name}.ts`,
          args: [system.urls.rabbitmq, QUEUE, String(messages)],
          onLine: (line) => {
            const [word = '', number = '0'] = line.split(' ');
            said.set(word, Number(number));
          },
        });
      const untilSaid = (word: string, milliseconds: number) => {
        const giveUpAt = Date.now() + milliseconds;
        const watch = async () => {
          await system.checkAlive();
          if (Date.now() > giveUpAt) throw new ScenarioError(`the bare loop did not end\n${system.lastLines()}`);
        };
        return until(() => said.has(word), 5, watch);
      };
      await start('consumer');
      await untilSaid('ready', 60_000);
      const publisher = await start('publisher');
      await untilSaid('connected', 60_000);
      await system.settleDown();
      const before = await system.readCpu();
      publisher.signal('SIGUSR2');
      await untilSaid('end', 60_000 + messages);
      const after = await system.readCpu();
      const milliseconds = (said.get('end') ?? 0) - (said.get('start') ?? 0);
      return {
        orders: messages,
        ordersPerSecond: perSecond(messages, milliseconds),
        seconds: milliseconds / 1_000,
        ...cpuBetween(before, after, messages),
      };
    } finally {
      await system.close();
    }
  },
});
