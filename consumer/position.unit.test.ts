import { describe, expect, test } from 'vitest';
import type { LedgerState, Position, Standing } from '../db/endput/standings.ts';
import { comparePositions, isCarrier, isDue, judgeDelivery, knownOf, type Arrival } from './position.ts';
import { retryPolicyOf } from './retry-policy.ts';

type Part<Name extends keyof Standing> = NonNullable<Standing[Name]>;

const NOW = new Date(1_000_000);
const DELAY = 10_000;
const policy = retryPolicyOf(5, `${DELAY}ms`);
const at = new Date(0);
const error = { kind: 'transient', message: 'why' };
/** Half a delay ago, and half a delay from now. */
const DUE = new Date(NOW.getTime() - DELAY / 2);
const EARLY = new Date(NOW.getTime() + DELAY / 2);

const stored = (position: Position): Part<'stored'> => ({ position, at });
const waiting = (position: Position, more: Partial<Part<'waiting'>> = {}): Part<'waiting'> => ({
  position,
  at,
  dueAt: EARLY,
  error,
  carrier: position.attempt,
  ...more,
});
const ledger = (position: Position, state: LedgerState, carrier = Math.max(1, position.attempt)): Part<'ledger'> => ({
  restoredCycles: [],
  position,
  at,
  state,
  reason: 'attempts_exhausted',
  error,
  carrier,
});

const judge = (delivery: Arrival, standing: Standing | undefined) =>
  judgeDelivery(delivery, standing, { now: NOW, policy });

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const positions = (cycles: number, first: number): Position[] =>
  range(0, cycles).flatMap((cycle) => range(first, 3).map((attempt) => ({ cycle, attempt })));
const POSITIONS = positions(2, 0);
const DELIVERIES: Arrival[] = positions(2, 1).flatMap((position) =>
  [false, true].map((redelivered) => ({ ...position, redelivered })),
);

/** Everything that endput can know: each part missing, or at each position, on each delivery that may have brought it there. */
const STORED = [undefined, ...positions(1, 1).map(stored)];
const WAITING = [
  undefined,
  ...positions(1, 1).flatMap((position) =>
    range(1, position.attempt).flatMap((carrier) =>
      [EARLY, DUE].flatMap((dueAt) => [
        waiting(position, { carrier, dueAt }),
        waiting(position, { carrier, dueAt, heldDeliveries: 0 }),
      ]),
    ),
  ),
];
const LEDGER = [
  undefined,
  ...positions(1, 0).flatMap((position) =>
    range(1, 3).flatMap((carrier) => [ledger(position, 'dead', carrier), ledger(position, 'redriving', carrier)]),
  ),
];
const STANDINGS: (Standing | undefined)[] = [
  undefined,
  ...STORED.flatMap((one) =>
    WAITING.flatMap((two) =>
      LEDGER.map((three) => ({
        ...(one && { stored: one }),
        ...(two && { waiting: two }),
        ...(three && { ledger: three }),
      })),
    ),
  ),
];

/** The rule of the design, written once more and in another way. */
function expected(delivery: Arrival, standing: Standing | undefined): string {
  const rank = ({ cycle, attempt }: Position) => cycle * 1000 + attempt;
  if (delivery.cycle > (standing?.ledger?.position.cycle ?? 0)) return 'forged';
  if (standing?.stored) {
    const { cycle, attempt } = standing.stored.position;
    return delivery.redelivered && delivery.cycle === cycle && delivery.attempt <= attempt ? 'finish' : 'stale';
  }
  const waits = standing?.waiting ? rank(standing.waiting.position) : -1;
  const died = standing?.ledger ? rank(standing.ledger.position) : -1;
  if (rank(delivery) > Math.max(waits, died)) return 'run';
  if (!delivery.redelivered) return 'stale';
  const last = waits > died ? standing?.waiting : standing?.ledger;
  if (last === undefined || rank(delivery) !== last.position.cycle * 1000 + last.carrier) return 'stale';
  if (waits <= died || standing?.waiting?.heldDeliveries === undefined) return 'finish';
  return standing.waiting.dueAt <= NOW ? 'resume' : 'wait';
}

describe('the position rule', () => {
  test(`holds for every delivery in every standing (${STANDINGS.length * DELIVERIES.length} cases)`, () => {
    const wrong = STANDINGS.flatMap((standing) =>
      DELIVERIES.flatMap((delivery) => {
        const verdict = judge(delivery, standing);
        return verdict === expected(delivery, standing) ? [] : [{ delivery, standing, verdict }];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test.each<[string, Arrival, Standing | undefined, string]>([
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
      'a delivery that the broker held runs its next attempt when that is due, whatever its header says',
      { cycle: 0, attempt: 1, redelivered: true },
      { waiting: waiting({ cycle: 0, attempt: 3 }, { carrier: 1, heldDeliveries: 0, dueAt: DUE }) },
      'resume',
    ],
    [
      'a delivery that the broker held waits again when it comes too early',
      { cycle: 0, attempt: 1, redelivered: true },
      { waiting: waiting({ cycle: 0, attempt: 3 }, { carrier: 1, heldDeliveries: 0, dueAt: EARLY }) },
      'wait',
    ],
    [
      'a delivery that was held is stale once a copy of it has gone farther',
      { cycle: 0, attempt: 1, redelivered: true },
      { waiting: waiting({ cycle: 0, attempt: 3 }, { carrier: 3, heldDeliveries: 0, dueAt: DUE }) },
      'stale',
    ],
    [
      'a copy of a retry is stale once the delivery that was held has gone as far',
      { cycle: 0, attempt: 3, redelivered: true },
      { waiting: waiting({ cycle: 0, attempt: 3 }, { carrier: 1, heldDeliveries: 0, dueAt: DUE }) },
      'stale',
    ],
    [
      'a row that was published again while the broker holds its retry is stale',
      { cycle: 0, attempt: 1, redelivered: false },
      { waiting: waiting({ cycle: 0, attempt: 3 }, { carrier: 1, heldDeliveries: 0, dueAt: DUE }) },
      'stale',
    ],
    [
      'a dead letter whose header names its first attempt is finished',
      { cycle: 0, attempt: 1, redelivered: true },
      { ledger: ledger({ cycle: 0, attempt: 5 }, 'dead', 1) },
      'finish',
    ],
    [
      'a redriven message whose retry is held runs its next attempt',
      { cycle: 1, attempt: 1, redelivered: true },
      {
        waiting: waiting({ cycle: 1, attempt: 1 }, { heldDeliveries: 0, dueAt: DUE }),
        ledger: ledger({ cycle: 1, attempt: 0 }, 'redriving'),
      },
      'resume',
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
  ])('%s', (_, delivery, standing, verdict) => {
    expect(judge(delivery, standing)).toBe(verdict);
  });
});

test('positions are ordered by cycle, then by attempt', () => {
  const shuffled = [...POSITIONS].reverse();
  expect(shuffled.sort(comparePositions)).toEqual(POSITIONS);
});

test('nothing is known of a message without a row', () => {
  expect(knownOf(undefined)).toBeUndefined();
  expect(knownOf({})).toBeUndefined();
});

test('only a delivery that was delivered before can be the one that endput knows of', () => {
  const known = { as: 'waiting', part: waiting({ cycle: 0, attempt: 2 }) } as const;
  expect(isCarrier({ cycle: 0, attempt: 2, redelivered: true }, known)).toBe(true);
  expect(isCarrier({ cycle: 0, attempt: 2, redelivered: false }, known)).toBe(false);
  expect(isCarrier({ cycle: 1, attempt: 2, redelivered: true }, known)).toBe(false);
});

test.each([
  ['is due at its time', 0, 10_000, true],
  ['is not due a moment after the broker was given it', 9_990, 10_000, false],
  ['is not due a little early', 1_001, 10_000, false],
  ['is due when clocks may differ by what is missing', 1_000, 10_000, true],
  ['with a short delay may be less early', 21, 200, false],
  ['with a short delay may be a little early', 20, 200, true],
  ['is due when it would have to wait for longer than its delay: a clock was set back', 3_600_000, 10_000, true],
  ['is due when its delay was made shorter', 60_000, 5_000, true],
])('a retry %s', (_, remaining, delay, due) => {
  expect(isDue(new Date(NOW.getTime() + remaining), NOW, delay)).toBe(due);
});
