import { BrokerUnavailableError } from '../rabbitmq/connection.ts';
import { ensureDelayedRetry, reasonOf } from '../rabbitmq/delayed-retry.ts';
import { ManagementError, type Management } from '../rabbitmq/management.ts';
import { pause } from '../runtime/backoff.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ConsumerMetrics } from './metrics.ts';

/** Milliseconds between two looks at the policy. */
const INTERVAL = 60_000;
/** Milliseconds after a look in which early deliveries cause no other. */
const LOOKED_JUST_NOW = 1_000;

/**
 * Watches the policy of transport native while it is in use: every minute, and at once when a delivery comes back before
 * its time. Without the policy a `nack` returns its message within a millisecond, which would go round without end: so a
 * policy that is gone is put again, and where it cannot be, `onLost` is told, and is to end the session. That the
 * management API does not answer takes nothing from the policy; only together with an early delivery it counts as lost.
 */
export function watchPolicy(options: {
  management: Management;
  /** Milliseconds. */
  delay: number;
  interval?: number;
  onLost: (error: BrokerUnavailableError) => void;
  logger: Logger;
  metrics: Pick<ConsumerMetrics, 'nativePolicyAway'>;
}) {
  const { management, delay, logger, metrics } = options;
  const stop = new AbortController();
  let looking: Promise<void> | undefined;
  let lookedAt = -Infinity;

  const lose = (reason: string) => {
    if (stop.signal.aborted) return;
    logger.error({ reason }, 'the policy of transport native is not in force, nothing is consumed until it is');
    options.onLost(new BrokerUnavailableError(`retries are not held by the broker: ${reason}`));
  };
  const look = async (because: 'interval' | 'early') => {
    try {
      const { state, wasPut } = await ensureDelayedRetry(management, delay);
      metrics.nativePolicyAway.set(state.kind === 'effective' ? 0 : 1);
      if (state.kind !== 'effective') lose(reasonOf(state));
      else if (wasPut) logger.warn('the policy of transport native was gone or changed and was put again');
    } catch (error) {
      if (!(error instanceof ManagementError)) throw error;
      metrics.nativePolicyAway.set(1);
      if (because === 'early') lose(`a retry came back before its time, and ${error.message}`);
      else logger.error({ err: error }, 'the policy of transport native cannot be looked at, retries go on');
    } finally {
      lookedAt = performance.now();
      looking = undefined;
    }
  };
  const lookOnce = (because: 'interval' | 'early') => (looking ??= look(because));

  const watching = (async () => {
    for (;;) {
      await pause(options.interval ?? INTERVAL, stop.signal);
      if (stop.signal.aborted) return;
      await lookOnce('interval');
    }
  })();

  return {
    /** A delivery that the broker held came back before it was due. */
    onEarly(): void {
      if (looking || performance.now() - lookedAt < LOOKED_JUST_NOW) return;
      lookOnce('early').catch((error: unknown) => lose(String(error)));
    },
    /** Resolves when nothing is looked at any more. */
    async close(): Promise<void> {
      stop.abort();
      await Promise.allSettled([watching, looking]);
    },
  };
}
