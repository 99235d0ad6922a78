import { describe, expect, test } from 'vitest';
import type { LedgerState, Position, Standing } from '../db/endput/standings.ts';
import { comparePositions, judgeDelivery, knownPosition } from './position.ts';

const at = new Date(0);
const error = { kind: 'transient', message: 'why' };
const stored = (position: Position): Standing['stored'] => ({ position, at });
const waiting = (position: Position): Standing['waiting'] => ({ position, at, dueAt: at, error });
const ledger = (position: Position, state: LedgerState): Standing['ledger'] => ({
  position,
  at,
  state,
  reason: 'attempts_exhausted',
  error,
});

const POSITIONS: Position[] = [0, 1, 2].flatMap((cycle) => [0, 1, 2, 3].map((attempt) => ({ cycle, attempt })));
const DELIVERIES = POSITIONS.filter(({ attempt }) => attempt > 0).flatMap((position) =>
  [false, true].map((redelivered) => ({ ...position, redelivered })),
);
const STATES: LedgerState[] = ['dead', 'redriving', 'discarded', 'resolved'];

/** Everything that endput can know: each part missing or at each position. */
const STANDINGS: (Standing | undefined)[] = [undefined, ...POSITIONS, 'none' as const].flatMap((storedAt) =>
  ['none' as const, ...POSITIONS].flatMap((waitingAt) =>
    ['none' as const, ...POSITIONS].flatMap((ledgerAt) =>
      (ledgerAt === 'none' ? (['dead'] as const) : STATES).map((state): Standing | undefined => {
        if (storedAt === undefined) return undefined;
        return {
          ...(storedAt !== 'none' && { stored: stored(storedAt) as NonNullable<Standing['stored']> }),
          ...(waitingAt !== 'none' && { waiting: waiting(waitingAt) as NonNullable<Standing['waiting']> }),
          ...(ledgerAt !== 'none' && { ledger: ledger(ledgerAt, state) as NonNullable<Standing['ledger']> }),
        };
      }),
    ),
  ),
);

/** The rule of the design, written once more and in another way. */
function expected(delivery: Position & { redelivered: boolean }, standing: Standing | undefined): string {
  const rank = ({ cycle, attempt }: Position) => cycle * 1000 + attempt;
  if (delivery.cycle > (standing?.ledger?.position.cycle ?? 0)) return 'forged';
  const ranks = [standing?.waiting, standing?.ledger].flatMap((part) => (part ? [rank(part.position)] : []));
  const mine = rank(delivery);
  if (standing?.stored) return mine === rank(standing.stored.position) && delivery.redelivered ? 'finish' : 'stale';
  const known = ranks.length === 0 ? undefined : Math.max(...ranks);
  if (known === undefined || known < mine) return 'run';
  return known === mine && delivery.redelivered ? 'finish' : 'stale';
}

describe('the position rule', () => {
  test(`holds for every delivery in every standing (${STANDINGS.length * DELIVERIES.length} cases)`, () => {
    const wrong = STANDINGS.flatMap((standing) =>
      DELIVERIES.flatMap((delivery) => {
        const verdict = judgeDelivery(delivery, standing);
        return verdict === expected(delivery, standing) ? [] : [{ delivery, standing, verdict }];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    ['a message that endput has never seen runs', { cycle: 0, attempt: 1, redelivered: false }, undefined, 'run'],
    [
      'the next attempt of a waiting message runs',
      { cycle: 0, attempt: 3, redelivered: false },
      { waiting: waiting({ cycle: 0, attempt: 2 }) },
      'run',
    ],
    [
      'a settled attempt that is redelivered is finished',
      { cycle: 0, attempt: 2, redelivered: true },
      { waiting: waiting({ cycle: 0, attempt: 2 }) },
      'finish',
    ],
    [
      'a row that was published again is stale',
      { cycle: 0, attempt: 1, redelivered: false },
      { stored: stored({ cycle: 0, attempt: 1 }) },
      'stale',
    ],
    [
      'a stored order wins over a later attempt',
      { cycle: 0, attempt: 5, redelivered: true },
      { stored: stored({ cycle: 0, attempt: 2 }) },
      'stale',
    ],
    [
      'a redriven message runs from its first attempt',
      { cycle: 1, attempt: 1, redelivered: false },
      { ledger: ledger({ cycle: 1, attempt: 0 }, 'redriving') },
      'run',
    ],
    [
      'an old copy of a redriven message is stale',
      { cycle: 0, attempt: 5, redelivered: true },
      { ledger: ledger({ cycle: 1, attempt: 0 }, 'redriving') },
      'stale',
    ],
    ['a cycle that nobody ordered is forged', { cycle: 1e9, attempt: 1, redelivered: false }, undefined, 'forged'],
  ] as const)('%s', (_, delivery, standing, verdict) => {
    expect(judgeDelivery(delivery, standing as Standing | undefined)).toBe(verdict);
  });
});

test('positions are ordered by cycle, then by attempt', () => {
  const shuffled = [...POSITIONS].reverse();
  expect(shuffled.sort(comparePositions)).toEqual(POSITIONS);
});

test('nothing is known of a message without a row', () => {
  expect(knownPosition(undefined)).toBeUndefined();
  expect(knownPosition({})).toBeUndefined();
});
