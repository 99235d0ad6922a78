import { delimiter } from 'node:path';
import { inject } from 'vitest';
import { holdsPlugin } from '../../local/services/find-rabbitmq.ts';
import type { RunningBroker } from '../harness/vhosts.ts';
import { isWhole } from './form.ts';

/** A way in which retries wait, on a series of RabbitMQ. */
interface Ground {
  transport: 'ttl' | 'plugin' | 'native';
  series: string;
}
export type TransportName = Ground['transport'];

/** On what the faults are tried. The first is always there, and takes those for which the transport makes no difference. */
const GROUNDS: readonly Ground[] = [
  { transport: 'ttl', series: '3.10' },
  { transport: 'plugin', series: '3.10' },
  { transport: 'ttl', series: '4.0' },
  { transport: 'ttl', series: '4.3' },
  { transport: 'native', series: '4.3' },
];

/** A ground with a title that tells when it is skipped and why. */
export interface GroundHere extends Ground {
  isFirst: boolean;
  title: string;
  broker: RunningBroker | undefined;
}

/** The grounds of this run: the short form takes the first. */
export function groundsHere(): GroundHere[] {
  return GROUNDS.slice(0, isWhole ? undefined : 1).map((ground, index) => {
    const broker = inject('services').brokers.find((one) => one.series === ground.series);
    const name = `transport ${ground.transport}, RabbitMQ`;
    const here = { ...ground, isFirst: index === 0 };
    if (!broker?.available) {
      const why = broker?.why ?? `no RabbitMQ ${ground.series}`;
      return { ...here, title: `${name} ${ground.series} (SKIPPED: ${why})`, broker: undefined };
    }
    if (ground.transport === 'plugin' && !pluginIsThere()) {
      const why = 'RABBITMQ_PLUGINS_DIR holds no delayed-message plugin';
      return { ...here, title: `${name} ${broker.version} (SKIPPED: ${why})`, broker: undefined };
    }
    return { ...here, title: `${name} ${broker.version}`, broker };
  });
}

/** The plugins of the surroundings are those of the installed broker. */
const pluginIsThere = () =>
  holdsPlugin((process.env.RABBITMQ_PLUGINS_DIR ?? '').split(delimiter), 'rabbitmq_delayed_message_exchange');
