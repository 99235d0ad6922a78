import { delimiter } from 'node:path';
import { inject } from 'vitest';
import { holdsPlugin } from '../../local/services/find-rabbitmq.ts';
import type { RunningBroker } from '../harness/vhosts.ts';
import { isWhole } from './form.ts';
import { GROUNDS, type Ground } from './grounds.ts';

/** A ground with a title that tells when it is skipped and why. */
export interface GroundHere extends Ground {
  title: string;
  broker: RunningBroker | undefined;
}

/** The grounds of this run: the short form takes the first. */
export function groundsHere(): GroundHere[] {
  return GROUNDS.slice(0, isWhole ? undefined : 1).map((ground) => {
    const broker = inject('services').brokers.find((one) => one.series === ground.series);
    const name = `transport ${ground.transport}, RabbitMQ`;
    if (!broker?.available) {
      const why = broker?.why ?? `no RabbitMQ ${ground.series}`;
      return { ...ground, title: `${name} ${ground.series} (SKIPPED: ${why})`, broker: undefined };
    }
    if (ground.transport === 'plugin' && !pluginIsThere()) {
      const why = 'RABBITMQ_PLUGINS_DIR holds no delayed-message plugin';
      return { ...ground, title: `${name} ${broker.version} (SKIPPED: ${why})`, broker: undefined };
    }
    return { ...ground, title: `${name} ${broker.version}`, broker };
  });
}

/** The plugins of the surroundings are those of the installed broker. */
const pluginIsThere = () =>
  holdsPlugin((process.env.RABBITMQ_PLUGINS_DIR ?? '').split(delimiter), 'rabbitmq_delayed_message_exchange');
