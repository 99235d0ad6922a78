import { parseDurations } from '../runtime/durations.ts';

/** How often a message is tried, and how long each retry waits. */
export interface RetryPolicy {
  maxAttempts: number;
  /** Milliseconds before attempt 2, 3, ...; the last one repeats. Never empty. */
  delays: readonly [number, ...number[]];
}

/** The policy of settings `MAX_ATTEMPTS` and `RETRY_DELAYS`. Throws a `RangeError` for a list that it cannot read. */
export function retryPolicyOf(maxAttempts: number, retryDelays: string): RetryPolicy {
  const [first, ...others] = parseDurations(retryDelays);
  if (first === undefined) throw new RangeError('RETRY_DELAYS is empty');
  return { maxAttempts, delays: [first, ...others] };
}

/** Milliseconds to wait after attempt `attempt` (1-based) before the next one. */
export function delayAfter(policy: RetryPolicy, attempt: number): number {
  return policy.delays[attempt - 1] ?? policy.delays.at(-1) ?? policy.delays[0];
}
