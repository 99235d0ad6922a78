import type { Books } from '../../../db/endput/totals.ts';
import type { Balance } from './balance-answers.ts';

/** What is read for the balance, endput before the sources: what remains can then not be below 0 because a row moved on. */
export interface BalanceReads {
  totals: Books;
  /** Since when a transaction keeps rows from being counted, see `held-back.ts`; undefined where none does for long. */
  heldBackSince: Date | undefined;
  /** Messages that wait for a retry. */
  retries: number;
  queues: { primary: number | undefined; deadLetters: number | undefined; inHand: number | undefined };
  /** Of each source that is known by its API; undefined where that does not answer. */
  sources: ReadonlyMap<string, { rows: number; unpublished: number; running: boolean } | undefined>;
}

type SourceBalance = Balance['sources'][number];
type Letters = Balance['unknown'];

/**
 * The books, as far as they can be closed: rows = unpublished + in flight + stored + dead + discarded, by source. `hasSettled`
 * is told what was read, and says whether that has stood still for long enough; it decides only where rows are missing while
 * nothing seems to be under way. Pure otherwise.
 */
export function balanceOf(reads: BalanceReads, hasSettled: (what: string) => boolean, now: Date): Balance {
  const { totals, heldBackSince, retries, queues } = reads;
  const { settled, unknown } = settledBySource(reads);
  const sources = [...settled].sort(([a], [b]) => (a < b ? -1 : 1)).map(([source, of]) => remains(source, of, reads));
  const comesOut = sources.every(({ in_flight: inFlight }) => (inFlight ?? 0) === 0);
  const isStill = hasSettled(JSON.stringify([sources, unknown, retries, queues.primary]));
  const quiet =
    totals.complete &&
    !totals.isBehind &&
    sources.every(({ running, redriving }) => running !== true && redriving === 0) &&
    unknown.redriving === 0 &&
    retries === 0 &&
    queues.primary === 0 &&
    (comesOut || (queues.inHand === 0 && isStill));
  const closed = sources.map((source) => ({ ...source, difference: quiet ? source.in_flight : null }));
  // Of a source without an API nobody can say how many rows it has.
  const asked = sources.filter(({ source }) => reads.sources.has(source));
  const isKnown = quiet && asked.length > 0 && asked.every(({ reachable }) => reachable);
  return {
    as_of: now.toISOString(),
    complete: totals.complete,
    behind: totals.isBehind,
    held_back: heldBackSince === undefined ? null : { since: heldBackSince.toISOString() },
    quiet,
    balanced: isKnown ? comesOut : null,
    sources: closed,
    unknown,
    queues: {
      primary_queue: queues.primary ?? null,
      in_hand: queues.inHand ?? null,
      dlq_queue: queues.deadLetters ?? null,
      retries,
    },
  };
}

interface Settled extends Letters {
  stored: number;
}

/** What is settled of each source. Dead letters that name a source of which nothing else is known are of no source. */
function settledBySource({ totals, sources }: BalanceReads) {
  const settled = new Map<string, Settled>();
  const of = (source: string): Settled => {
    const known = settled.get(source) ?? { stored: 0, dead: 0, redriving: 0, discarded: 0 };
    settled.set(source, known);
    return known;
  };
  for (const source of sources.keys()) of(source);
  for (const { source, orders } of totals.orders) of(source).stored += orders;
  const unknown: Letters = { dead: 0, redriving: 0, discarded: 0 };
  for (const { source, state, letters } of totals.deadLetters) {
    if (state !== 'dead' && state !== 'redriving' && state !== 'discarded') continue;
    (settled.get(source) ?? unknown)[state] += letters;
  }
  return { settled, unknown };
}

function remains(source: string, settled: Settled, { sources }: BalanceReads): SourceBalance {
  const state = sources.get(source);
  const { stored, dead, redriving, discarded } = settled;
  return {
    source,
    has_api: sources.has(source),
    reachable: state !== undefined,
    running: state?.running ?? null,
    rows: state?.rows ?? null,
    unpublished: state?.unpublished ?? null,
    ...{ stored, dead, redriving, discarded },
    in_flight: state === undefined ? null : state.rows - state.unpublished - stored - dead - discarded,
    difference: null,
  };
}

/**
 * Milliseconds that nothing may have changed. The broker tells every 5 s what consumers have in hand, and its management
 * API what it was told within the next 5 s.
 */
const STILL = 12_000;

/** Remembers since when the same was told. */
export function createStillness(clock: () => number = Date.now) {
  let told: string | undefined;
  let since = 0;
  return (what: string): boolean => {
    const now = clock();
    if (what !== told) since = now;
    told = what;
    return now - since >= STILL;
  };
}
