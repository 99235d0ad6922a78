import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptOutcome } from '../db/attempt-log/attempt-record.ts';
import type { DeadLetterReason } from '../db/endput/standings.ts';

const OUTCOMES: readonly AttemptOutcome[] = ['succeeded', 'retrying', 'dead'];
const REASONS: readonly DeadLetterReason[] = [
  'attempts_exhausted',
  'invalid_message',
  'refused_by_endput',
  'consumer_crashed',
];

/** What the consumer counts, in Prometheus' form; times are in seconds. */
export function createConsumerMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const metrics = {
    registry,
    attempts: new Counter({
      name: 'consumer_attempts_total',
      help: 'Attempts settled, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    deadLetters: new Counter({
      name: 'consumer_dead_letters_total',
      help: 'Messages dead-lettered, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    stale: new Counter({
      name: 'consumer_stale_deliveries_total',
      help: 'Deliveries acknowledged without effect because their message had gone farther.',
      registers,
    }),
    attemptDuration: new Histogram({
      name: 'consumer_attempt_duration_seconds',
      help: 'Duration of an attempt in its handler.',
      buckets: [0.0001, 0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30],
      registers,
    }),
    batchDuration: new Histogram({
      name: 'consumer_batch_duration_seconds',
      help: 'From the delivery of a batch to its acknowledgement.',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2, 10, 60],
      registers,
    }),
    batchLimit: new Gauge({
      name: 'consumer_batch_limit',
      help: 'Deliveries that are taken together at most; after an outage few, then twice as many with every batch.',
      registers,
    }),
    retryLateness: new Histogram({
      name: 'consumer_retry_lateness_seconds',
      help: 'How long after its due time a retry was taken up.',
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120],
      registers,
    }),
    outage: new Gauge({
      name: 'consumer_outage',
      help: '1 while endput or broker is away and nothing is processed, else 0.',
      registers,
    }),
    nativePolicyAway: new Gauge({
      name: 'consumer_native_policy_away',
      help: '1 while retries are to wait by transport native and its policy is not known to be in force, else 0.',
      registers,
    }),
    swept: new Counter({
      name: 'consumer_swept_retries_total',
      help: 'Retries published again because their message did not come back.',
      registers,
    }),
    recorded: new Counter({
      name: 'consumer_attempts_recorded_total',
      help: 'Attempt records handed to the attempt log.',
      registers,
    }),
    recordsRefused: new Counter({
      name: 'consumer_attempt_records_refused_total',
      help: 'Attempt records that the attempt log cannot hold.',
      registers,
    }),
    attemptLogAway: new Gauge({
      name: 'consumer_attempt_log_away',
      help: '1 while the attempt log is away and records wait in their queue, else 0.',
      registers,
    }),
  };
  // A series that begins with its first event would hide that event from rate() and increase().
  for (const outcome of OUTCOMES) metrics.attempts.inc({ outcome }, 0);
  for (const reason of REASONS) metrics.deadLetters.inc({ reason }, 0);
  return metrics;
}
export type ConsumerMetrics = ReturnType<typeof createConsumerMetrics>;
