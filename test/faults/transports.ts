import { inject } from 'vitest';
import { installedBroker, type RunningBroker } from '../harness/vhosts.ts';
import { isWhole } from './form.ts';
import { GROUNDS, type Ground } from './grounds.ts';

/** A ground with a title that tells when it is skipped and why. */
export interface GroundHere extends Ground {
  title: string;
  broker: RunningBroker | undefined;
}

/** The grounds of this run, of which one at least has a broker: the short form takes ttl on the installed one. */
export function groundsHere(): GroundHere[] {
  const installed: Ground = { transport: 'ttl', series: installedBroker().series };
  const isAmong = GROUNDS.some(({ series }) => series === installed.series);
  const grounds = !isWhole ? [installed] : isAmong ? GROUNDS : [installed, ...GROUNDS];
  return grounds.map((ground) => {
    const broker = inject('services').brokers.find((one) => one.series === ground.series);
    const name = `transport ${ground.transport}, RabbitMQ`;
    if (!broker?.available) {
      const why = broker?.why ?? `no RabbitMQ ${ground.series}`;
      return { ...ground, title: `${name} ${ground.series} (SKIPPED: ${why})`, broker: undefined };
    }
    if (ground.transport === 'plugin' && !broker.hasDelayedExchange) {
      const why = 'RABBITMQ_PLUGINS_DIR holds no delayed-message plugin';
      return { ...ground, title: `${name} ${broker.version} (SKIPPED: ${why})`, broker: undefined };
    }
    return { ...ground, title: `${name} ${broker.version}`, broker };
  });
}
