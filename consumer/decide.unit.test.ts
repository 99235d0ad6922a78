import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import type { FailureKind, Outcome } from './failure.ts';
import type { RetryPolicy } from './retry-policy.ts';

const failed = (kind: FailureKind): Outcome<unknown> => ({ kind: 'failed', failure: { kind, message: 'why' } });

/** Every number of allowed attempts from 1 to 6, and every attempt up to two beyond it. */
const CASES = [1, 2, 3, 4, 5, 6].flatMap((maxAttempts) =>
  Array.from({ length: maxAttempts + 2 }, (_, index) => ({ maxAttempts, attempt: index + 1 })),
);
const DELAY_LISTS: RetryPolicy['delays'][] = [[10_000], [1_000, 5_000, 30_000], [0]];

describe.each(CASES)('attempt $attempt of $maxAttempts', ({ maxAttempts, attempt }) => {
  describe.each(DELAY_LISTS.map((delays) => ({ delays })))('with delays $delays', ({ delays }) => {
    const policy: RetryPolicy = { maxAttempts, delays };

    test('a success is stored', () => {
      expect(decide({ kind: 'succeeded', result: {} }, attempt, policy)).toEqual({ kind: 'store' });
    });

    test.each(['invalid_message', 'refused_by_endput', 'consumer_crashed'] as const)(
      '%s is dead-lettered at once',
      (kind) => {
        expect(decide(failed(kind), attempt, policy)).toEqual({ kind: 'dead_letter', reason: kind });
      },
    );

    test(attempt < maxAttempts ? 'a transient failure is retried' : 'a transient failure exhausts the attempts', () => {
      expect(decide(failed('transient'), attempt, policy)).toEqual(
        attempt < maxAttempts
          ? { kind: 'retry', nextAttempt: attempt + 1, delay: delays[Math.min(attempt, delays.length) - 1] }
          : { kind: 'dead_letter', reason: 'attempts_exhausted' },
      );
    });
  });
});
