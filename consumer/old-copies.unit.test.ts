import { expect, test } from 'vitest';
import type { LedgerState, Position, Standing } from '../db/endput/standings.ts';
import type { Decoded } from './decode.ts';
import { judgeDelivery, knownOf } from './position.ts';
import { retryPolicyOf } from './retry-policy.ts';
import { keptAttempt } from './settled-attempt.ts';

const policy = retryPolicyOf(5, '10s');
const decoded = {} as Decoded;

/** What a consumer does about a copy: nothing at all, or that. */
function doneAbout(copy: Position & { redelivered: boolean }, standing: Standing): string {
  const verdict = judgeDelivery(copy, standing, { now: new Date(), policy });
  const known = knownOf(standing);
  if (verdict === 'finish' && known && keptAttempt(decoded, known) === undefined) return 'nothing';
  return verdict === 'stale' ? 'nothing' : verdict;
}

const letterAt = (position: Position, state: LedgerState, carrier: number): Standing => ({
  ledger: {
    position,
    at: new Date(0),
    state,
    reason: 'attempts_exhausted',
    restoredCycles: [],
    error: { kind: 'transient', message: 'why' },
    carrier,
  },
});

const ATTEMPTS = [1, 2, 3, 4, 5];
/** Every copy that there may be of the attempts up to the last one of a cycle, delivered once or again. */
const copiesUpTo = (cycle: number) =>
  Array.from({ length: cycle + 1 }, (_, old) => old).flatMap((old) =>
    ATTEMPTS.flatMap((attempt) => [true, false].map((redelivered) => ({ cycle: old, attempt, redelivered }))),
  );

test.each([
  ['redriven', (carrier: number) => letterAt({ cycle: 2, attempt: 0 }, 'redriving', carrier), copiesUpTo(1)],
  ['discarded', (carrier: number) => letterAt({ cycle: 1, attempt: 5 }, 'discarded', carrier), copiesUpTo(1)],
  ['restored', (carrier: number) => letterAt({ cycle: 2, attempt: 5 }, 'dead', carrier), copiesUpTo(1)],
  ['resolved', (carrier: number) => letterAt({ cycle: 1, attempt: 0 }, 'resolved', carrier), copiesUpTo(0)],
])('an old copy of a %s message that turns up late changes nothing', (_, standing, copies) => {
  const changes = ATTEMPTS.flatMap((carrier) =>
    copies.filter((copy) => doneAbout(copy, standing(carrier)) !== 'nothing').map((copy) => ({ copy, carrier })),
  );
  expect(changes).toEqual([]);
});

test('while an old copy of a redriven message does nothing, the redriven one runs, also while it waits for a retry', () => {
  const redriven = letterAt({ cycle: 1, attempt: 0 }, 'redriving', 5);
  expect(doneAbout({ cycle: 1, attempt: 1, redelivered: false }, redriven)).toBe('run');
  const waits: Standing = {
    ...redriven,
    waiting: {
      position: { cycle: 1, attempt: 2 },
      at: new Date(0),
      dueAt: new Date(0),
      error: { kind: 'transient', message: 'why' },
      carrier: 2,
    },
  };
  expect(doneAbout({ cycle: 1, attempt: 3, redelivered: false }, waits)).toBe('run');
  expect(copiesUpTo(0).filter((copy) => doneAbout(copy, waits) !== 'nothing')).toEqual([]);
});
