import type { DeadLetterReason } from '../db/endput/standings.ts';
import type { FailureKind, Outcome } from './failure.ts';
import { delayAfter, type RetryPolicy } from './retry-policy.ts';

/** What is to be done with a message after an attempt. */
export type Decision =
  | { kind: 'store' }
  | { kind: 'retry'; nextAttempt: number; delay: number }
  | { kind: 'dead_letter'; reason: DeadLetterReason };

/** A failure that no further attempt can mend, and the reason under which its message is dead-lettered at once. */
const FATAL: Record<Exclude<FailureKind, 'transient'>, DeadLetterReason> = {
  invalid_message: 'invalid_message',
  refused_by_endput: 'refused_by_endput',
  consumer_crashed: 'consumer_crashed',
};

/** Decides what becomes of a message after attempt `attempt` (1-based). A pure function; delays are in milliseconds. */
export function decide(outcome: Outcome<unknown>, attempt: number, policy: RetryPolicy): Decision {
  if (outcome.kind === 'succeeded') return { kind: 'store' };
  const { kind } = outcome.failure;
  if (kind !== 'transient') return { kind: 'dead_letter', reason: FATAL[kind] };
  if (attempt >= policy.maxAttempts) return { kind: 'dead_letter', reason: 'attempts_exhausted' };
  return { kind: 'retry', nextAttempt: attempt + 1, delay: delayAfter(policy, attempt) };
}
