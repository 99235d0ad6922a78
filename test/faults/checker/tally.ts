import type { Deviation, DeviationKind } from './deviation.ts';
import type { Evidence } from './evidence.ts';
import type { Place, Verdict } from './judge.ts';

/** How many deviations of a kind are kept by name; those beyond are counted. */
const KEPT = 10_000;

/** What became of the rows of one source. */
export type SourceBooks = Record<Place | 'rows', number>;

/** The sums of a look. Its size does not depend on the number of messages. */
export interface Tally {
  sources: Record<string, SourceBooks>;
  /** Messages that are in endput and of no source: published by hand, or of a source that was not named. */
  foreign: Record<Place, number>;
  /** Dead letters by their reason. */
  reasons: Record<string, number>;
  /** Messages by the number of their attempts on record. */
  attempts: Record<string, number>;
  suspects: number;
  expired: number;
  notYetRecorded: number;
  copies: number;
  deviations: Deviations;
}

export type Deviations = Partial<Record<DeviationKind, { count: number; kept: Deviation[] }>>;

const noPlaces = (): Record<Place, number> => ({
  unpublished: 0,
  in_flight: 0,
  stored: 0,
  waiting: 0,
  dead: 0,
  discarded: 0,
  lost: 0,
});

export function createTally(systems: readonly string[]) {
  const tally: Tally = {
    sources: Object.fromEntries(systems.map((system) => [system, { rows: 0, ...noPlaces() }])),
    foreign: noPlaces(),
    reasons: {},
    attempts: {},
    suspects: 0,
    expired: 0,
    notYetRecorded: 0,
    copies: 0,
    deviations: {},
  };
  const find = (deviation: Deviation) => {
    const found = (tally.deviations[deviation.kind] ??= { count: 0, kept: [] });
    found.count += 1;
    if (found.kept.length < KEPT) found.kept.push(deviation);
  };
  return {
    tally,
    find,
    add({ row, stored, waiting, ledger, deaths, records }: Evidence, verdict: Verdict): void {
      if (row) {
        const books = (tally.sources[row.content.system] ??= { rows: 0, ...noPlaces() });
        books.rows += 1;
        books[verdict.place] += 1;
      } else if (stored || waiting || ledger) {
        tally.foreign[verdict.place] += 1;
      }
      if (verdict.place === 'dead' && ledger) increase(tally.reasons, ledger.reason);
      if (records.length > 0) {
        increase(tally.attempts, String(new Set(records.map(({ position }) => JSON.stringify(position))).size));
      }
      if (deaths !== undefined) tally.suspects += 1;
      tally.expired += verdict.expired;
      tally.notYetRecorded += verdict.notYetRecorded;
      tally.copies += verdict.copies;
      verdict.deviations.forEach(find);
    },
  };
}

function increase(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/**
 * The deviations that both looks found. What only one of them saw was on its way between two stores while they were
 * read one after the other.
 */
export function inBoth(first: Deviations, second: Deviations): Deviations {
  const both: Deviations = {};
  for (const [kind, { kept }] of Object.entries(second) as [DeviationKind, { kept: Deviation[] }][]) {
    const before = new Set(first[kind]?.kept.map(({ key }) => key));
    const again = kept.filter(({ key }) => before.has(key));
    if (again.length > 0) both[kind] = { count: again.length, kept: again };
  }
  return both;
}
