import { replicationOf } from '../rabbitmq/queue-members.ts';
import { LONGEST_DELAY } from '../rabbitmq/retry-transport.ts';
import { readConfiguration } from '../runtime/configuration.ts';
import { parseDuration, parseDurations } from '../runtime/durations.ts';
import {
  attemptLogSettings,
  consumerSettings,
  endputSettings,
  processSettings,
  rabbitmqSettings,
} from '../runtime/settings.ts';
import { retryPolicyOf } from './retry-policy.ts';
import type { ConsumerOptions } from './session.ts';

/**
 * Reads the settings of the consumer; durations become milliseconds. Throws a `ConfigurationError` with all faults.
 */
export function readConsumerConfiguration(env: NodeJS.ProcessEnv) {
  const settings = readConfiguration(
    { ...processSettings, ...rabbitmqSettings, ...endputSettings, ...consumerSettings, ...attemptLogSettings },
    env,
    [
      ({ RETRY_DELAYS, MAX_ATTEMPTS }) =>
        parseDurations(RETRY_DELAYS).length > Math.max(1, MAX_ATTEMPTS - 1)
          ? `RETRY_DELAYS names more delays than there are retries (MAX_ATTEMPTS is ${MAX_ATTEMPTS})`
          : undefined,
      ({ RETRY_DELAYS, RETRY_TRANSPORT }) =>
        RETRY_TRANSPORT === 'native' && new Set(parseDurations(RETRY_DELAYS)).size > 1
          ? 'RETRY_TRANSPORT is native, which holds every retry for the same time, but RETRY_DELAYS names different delays'
          : undefined,
      ({ RETRY_DELAYS }) =>
        parseDurations(RETRY_DELAYS).some((delay) => delay > LONGEST_DELAY)
          ? `RETRY_DELAYS names a delay of more than ${LONGEST_DELAY} ms (49 days)`
          : undefined,
    ],
  );
  const options: ConsumerOptions = {
    rabbitmq: {
      url: settings.RABBITMQ_URL,
      heartbeat: settings.RABBITMQ_HEARTBEAT,
      replication: replicationOf(settings),
    },
    retryTransport: settings.RETRY_TRANSPORT,
    policy: retryPolicyOf(settings.MAX_ATTEMPTS, settings.RETRY_DELAYS),
    batchSize: settings.BATCH_SIZE,
    batchWait: parseDuration(settings.BATCH_WAIT),
    handlerTimeout: parseDuration(settings.HANDLER_TIMEOUT),
    outageHold: parseDuration(settings.OUTAGE_HOLD),
    attemptLogTtl: parseDuration(settings.ATTEMPT_LOG_TTL),
    sweepInterval: parseDuration(settings.SWEEP_INTERVAL),
    sweepOverdue: parseDuration(settings.SWEEP_OVERDUE),
  };
  return {
    LOG_LEVEL: settings.LOG_LEVEL,
    LOG_FORMAT: settings.LOG_FORMAT,
    stopTimeout: parseDuration(settings.STOP_TIMEOUT),
    http: { host: settings.HTTP_HOST, port: settings.CONSUMER_HTTP_PORT },
    endputUrl: settings.ENDPUT_DATABASE_URL,
    attemptLogUrl: settings.ATTEMPT_LOG_URL,
    options,
  };
}
