import type { Pool } from '../../../db/pool.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { StorefrontMetrics } from '../storefront-metrics.ts';
import { createDeskBroker, type DeskBrokerOptions } from './desk-broker.ts';
import { findLost } from './find-lost.ts';
import { keepMirror } from './keep-mirror.ts';
import { runOperator } from './operator.ts';

/** How the desk works; durations in milliseconds. */
export interface DeskOptions {
  /** Undefined: dlq_queue is only swept after operations and on demand. */
  sweepInterval: number | undefined;
  /** Messages a second. */
  sweepRate: number;
  redriveOverdue: number;
}

/** Starts what works behind the desk: operations, the sweep of the mirror, the look for lost messages. */
export function startDesk(services: {
  pool: Pool;
  rabbitmq: DeskBrokerOptions;
  desk: DeskOptions;
  metrics: StorefrontMetrics;
  logger: Logger;
}) {
  const { pool, desk, metrics, logger } = services;
  const stop = new AbortController();
  const cutOff = new AbortController();
  const broker = createDeskBroker(services.rabbitmq, logger);
  const common = { pool, broker, metrics, logger, stop: stop.signal, cutOff: cutOff.signal };
  const working = Promise.all([
    runOperator(common),
    keepMirror({ ...common, rate: desk.sweepRate, interval: desk.sweepInterval }),
    findLost({ ...common, overdue: desk.redriveOverdue }),
  ]);
  return {
    broker,
    /** Finishes what is in hand, as far as the broker takes it in `patience` ms; never rejects. */
    async stop(patience: number): Promise<void> {
      stop.abort();
      const timer = setTimeout(() => cutOff.abort(), patience);
      await working;
      clearTimeout(timer);
      await broker.close();
    },
  };
}
