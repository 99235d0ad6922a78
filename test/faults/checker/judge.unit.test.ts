import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asBooks, evidenceOf, LOOK, MAX_ATTEMPTS, NOW, story, type Story } from './books-under-test.ts';
import type { Evidence } from './evidence.ts';
import { FAULTS } from './faults-under-test.ts';
import { judge, type Look } from './judge.ts';
import { mergeBooks } from './merge.ts';
import { createTally, inBoth, type Tally } from './tally.ts';

/** Merges, judges and sums up as the program does. */
async function tallyOf(evidences: readonly Evidence[], look: Look, size = 3): Promise<Tally> {
  const sums = createTally(['system_1']);
  for await (const evidence of mergeBooks(asBooks(evidences, size))) sums.add(evidence, judge(evidence, look));
  return sums.tally;
}

/** Books in which nothing went wrong, in flight or settled. */
const books = fc.boolean().chain((settled) =>
  fc.record({
    settled: fc.constant(settled),
    stories: fc
      .array(story(settled), { minLength: 1, maxLength: 30 })
      .map((all) => all.map((one, at): Story => ({ ...one, id: at + 1 }))),
    size: fc.integer({ min: 1, max: 7 }),
  }),
);

describe('random books', () => {
  test('that nobody touched have no deviation, and every row is in exactly one place', async () => {
    await fc.assert(
      fc.asyncProperty(books, async ({ settled, stories, size }) => {
        const tally = await tallyOf(stories.map(evidenceOf), { ...LOOK, settled }, size);
        expect(tally.deviations).toEqual({});
        const { rows, ...places } = tally.sources.system_1 ?? { rows: 0 };
        expect(rows).toBe(stories.length);
        expect(Object.values(places).reduce((sum, count) => sum + count, 0)).toBe(rows);
        expect(places).toMatchObject({ lost: 0, ...(settled && { waiting: 0, in_flight: 0 }) });
      }),
      { numRuns: 200 },
    );
  });

  test.each(FAULTS)('with a planted fault are found out: $name', async ({ kind, plant }) => {
    let planted = 0;
    await fc.assert(
      fc.asyncProperty(books, fc.nat(), async ({ settled, stories, size }, choice) => {
        const evidences = stories.map(evidenceOf);
        const possible = evidences.flatMap((evidence, at) => (plant(evidence) ? [at] : []));
        const at = possible[choice % Math.max(1, possible.length)];
        const evidence = at === undefined ? undefined : evidences[at];
        const faulty = evidence && plant(evidence);
        if (at === undefined || !faulty) return;
        // A row that left no trace may be in primary_queue until the books are settled.
        const look = { ...LOOK, settled: settled || (kind === 'lost' && faulty.records.length === 0) };
        planted += 1;
        const untouched = evidences.filter((one) => one !== evidence);
        const others = await tallyOf(untouched, look, size);
        const { deviations } = await tallyOf([...untouched, faulty], look, size);
        expect(deviations[kind]?.kept.map(({ about }) => about)).toContain(faulty.messageId);
        // It accuses nobody else.
        const accused = Object.values(deviations).flatMap(({ kept }) => kept.map(({ about }) => about));
        const before = Object.values(others.deviations).flatMap(({ kept }) => kept.map(({ about }) => about));
        expect(accused.filter((about) => about !== faulty.messageId).sort()).toEqual(before.sort());
      }),
      { numRuns: 200 },
    );
    expect(planted).toBeGreaterThan(5);
  });
});

/** An order that succeeds at its third attempt, and one that never does. */
const GOOD = { product: 'Lamp', price: '12.50', securityCheck: true, age: 1_000, acted: 'nothing' } as const;
const third = (() => {
  for (let id = 1; ; id += 1)
    if (evidenceOf({ ...GOOD, id, progress: 'settled' }).stored?.position.attempt === 3) return id;
})();
const stored = evidenceOf({ ...GOOD, id: third, progress: 'settled' });
const waits = evidenceOf({ ...GOOD, id: third, progress: { waitsAfter: 2 } });
const queued = evidenceOf({ ...GOOD, id: third, progress: 'queued' });
const dead = evidenceOf({ ...GOOD, id: third + 1_000, securityCheck: false, progress: 'settled' });
const ledgerOf = (evidence: Evidence) => {
  if (!evidence.ledger) throw new Error('it is not dead');
  return evidence.ledger;
};
const rowOf = (evidence: Evidence) => {
  if (!evidence.row) throw new Error('it has no row');
  return evidence.row;
};

describe('one message', () => {
  test.each<[string, Evidence, Partial<Look>, string, string[]]>([
    ['stored', stored, { settled: true }, 'stored', []],
    ['waiting', waits, {}, 'waiting', []],
    ['waiting when all is to be settled', waits, { settled: true }, 'waiting', ['under_way: it waits after attempt 2']],
    ['in the queue', queued, {}, 'in_flight', []],
    [
      'in no place when all is to be settled',
      queued,
      { settled: true },
      'lost',
      [`lost: row ${third} of system_1: published, and nowhere to be found`],
    ],
    ['not published', { ...queued, row: { ...rowOf(queued), published: false } }, { settled: true }, 'unpublished', []],
    [
      'stored before its position was kept as published',
      { ...stored, row: { ...rowOf(stored), published: false } },
      { settled: true },
      'stored',
      [],
    ],
    ['dead', dead, { settled: true }, 'dead', []],
    ['dead with a copy in dlq_queue', { ...dead, queued: [...dead.queued, ...dead.queued] }, {}, 'dead', []],
    ['discarded', { ...dead, ledger: { ...ledgerOf(dead), state: 'discarded' } }, { settled: true }, 'discarded', []],
    [
      'dead again in a cycle without attempts, since a discard was undone',
      {
        ...dead,
        ledger: { ...ledgerOf(dead), position: { cycle: 1, attempt: 5 }, restoredCycles: [1] },
        queued: dead.queued.map((message) => ({ ...message, position: { cycle: 1, attempt: 5 } })),
      },
      { settled: true },
      'dead',
      [],
    ],
    [
      'dead in a cycle of which no attempt is on record',
      {
        ...dead,
        ledger: { ...ledgerOf(dead), position: { cycle: 1, attempt: 1 } },
        queued: dead.queued.map((message) => ({ ...message, position: { cycle: 1, attempt: 1 } })),
      },
      { settled: true },
      'dead',
      ['attempt_missing: attempt 1 in cycle 1 of 1 is not on record'],
    ],
    [
      'resolved in the ledger, and not stored',
      { ...dead, ledger: { ...ledgerOf(dead), state: 'resolved' } },
      {},
      'lost',
      ['lost: the ledger says resolved, and no order is stored'],
    ],
    [
      'dead because consumers died on it, whatever its row demands',
      {
        ...stored,
        ledger: {
          ...ledgerOf(dead),
          reason: 'consumer_crashed',
          position: { cycle: 0, attempt: 3 },
          body: bodyOf(stored),
        },
        queued: dead.queued.map((message) => ({
          ...message,
          reason: 'consumer_crashed',
          position: { cycle: 0, attempt: 3 },
        })),
        records: stored.records.map((record) => ({
          ...record,
          outcome: record.outcome === 'succeeded' ? 'dead' : 'retrying',
        })),
        stored: undefined,
      } as unknown as Evidence,
      { settled: true },
      'dead',
      [],
    ],
    [
      'stored after a redrive, its old message still in dlq_queue',
      {
        ...stored,
        stored: { ...storedOf(stored), position: { cycle: 1, attempt: 1 } },
        ledger: { ...ledgerOf(dead), position: { cycle: 1, attempt: 0 }, state: 'resolved' },
        queued: dead.queued,
        records: [
          ...stored.records.map((record) => ({ ...record, outcome: 'retrying' })),
          { ...(stored.records[0] ?? raise()), position: { cycle: 1, attempt: 1 }, outcome: 'succeeded' },
        ],
      },
      {},
      'stored',
      [],
    ],
    ['not on record yet', { ...stored, records: [] }, { recordsUnderWay: true }, 'stored', []],
    ['expired from the log', { ...stored, records: [] }, { logExpiredBefore: NOW }, 'stored', []],
    [
      'recorded one attempt further, because the log is read later',
      { ...waits, records: stored.records },
      {},
      'waiting',
      [],
    ],
    ['a dead letter published by hand', withoutRow(dead), { settled: true }, 'dead', []],
    [
      'an order published by hand',
      withoutRow(stored),
      {},
      'stored',
      [`no_source: an order that says it is row ${third} of system_1`],
    ],
    ['stored early by an own handler', ownHandler(stored, 1), {}, 'stored', []],
    [
      'given up early by an own handler',
      {
        ...ownHandler(dead, 1),
        queued: dead.queued.map((message) => ({ ...message, position: { cycle: 0, attempt: 1 } })),
      },
      {},
      'dead',
      [
        `wrong_attempt: dead at attempt 1, its row demands ${MAX_ATTEMPTS}`,
        'attempt_differs: attempt 1 is on record as retrying, it was dead',
      ],
    ],
  ])('%s', (_, evidence, look, place, deviations) => {
    const verdict = judge(evidence, { ...LOOK, ...look });
    expect(verdict.place).toBe(place);
    expect(verdict.deviations.map(({ kind, detail }) => `${kind}: ${detail}`)).toEqual(deviations);
  });

  test('counts what expired, what is to come, and copies', () => {
    expect(judge({ ...stored, records: [] }, { ...LOOK, logExpiredBefore: NOW })).toMatchObject({ expired: 3 });
    expect(judge({ ...stored, records: [] }, { ...LOOK, recordsUnderWay: true })).toMatchObject({
      notYetRecorded: 1,
      // Its row is a day old, so they may have expired.
      expired: 2,
    });
    expect(judge({ ...dead, queued: [...dead.queued, ...dead.queued] }, LOOK)).toMatchObject({ copies: 1 });
  });
});

test('a deviation counts when both looks found it', async () => {
  const lost = { ...stored, stored: undefined } as unknown as Evidence;
  const first = await tallyOf([lost, { ...dead, queued: [] }], LOOK);
  const second = await tallyOf([lost, dead], LOOK);
  expect(inBoth(first.deviations, second.deviations)).toEqual({ lost: first.deviations.lost });
  expect(inBoth(first.deviations, {})).toEqual({});
});

test('a store that is not in order is refused', async () => {
  const backwards = asBooks([stored, dead, evidenceOf({ ...GOOD, id: third + 1, progress: 'settled' })], 1);
  const rows = [...(backwards.rows as { messageId: string }[][])].reverse();
  const merging = async () => {
    for await (const evidence of mergeBooks({ ...backwards, rows: rows as never })) judge(evidence, LOOK);
  };
  await expect(merging()).rejects.toThrow('the sources is not in order');
});

function storedOf({ stored: order }: Evidence) {
  return order ?? raise();
}
function bodyOf({ messageId, row }: Evidence) {
  if (!row?.expected) return raise();
  return { messageId, processingTimes: row.expected.processingTimes, content: row.content };
}
function raise(): never {
  throw new Error('it is not there');
}
function withoutRow(evidence: Evidence): Evidence {
  const { row, ...others } = evidence;
  return row ? others : raise();
}
/** Settled at an attempt of which the row says nothing. */
function ownHandler(evidence: Evidence, attempt: number): Evidence {
  const { stored: order, ledger, records } = evidence;
  const position = { cycle: 0, attempt };
  return {
    ...evidence,
    row: { ...rowOf(evidence), expected: undefined },
    ...(order && { stored: { ...order, position } }),
    ...(ledger && { ledger: { ...ledger, position } }),
    records: records.slice(0, attempt).map((record) => ({ ...record, outcome: order ? 'succeeded' : record.outcome })),
  };
}
