import { DEVIATIONS, type DeviationKind } from './deviation.ts';
import type { LookResult } from './look.ts';
import type { Deviations } from './tally.ts';

/** What a check has found. */
export interface CheckResult extends LookResult {
  settled: boolean;
  looks: 1 | 2;
}

interface Depth {
  ready: number;
  unacknowledged: number;
}

const kindsOf = (deviations: Deviations): DeviationKind[] => Object.keys(deviations) as DeviationKind[];

export const isBalanced = ({ deviations }: CheckResult): boolean => kindsOf(deviations).length === 0;

/** The result for a program; of each kind of deviation the first `show` are named. */
export function asJson(result: CheckResult, show: number): string {
  const deviations = Object.fromEntries(
    Object.entries(result.deviations).map(([kind, { count, kept }]) => [
      kind,
      { count, first: kept.slice(0, show).map(({ about, detail }) => ({ about, detail })) },
    ]),
  );
  const queues = Object.fromEntries(
    Object.entries(result.queues).map(([name, depth]: [string, Depth | undefined]) => [
      name,
      depth && { ready: depth.ready, unacknowledged: depth.unacknowledged },
    ]),
  );
  return JSON.stringify({ balanced: isBalanced(result), ...result, queues, deviations }, undefined, 2);
}

/** The result for people. */
export function asText(result: CheckResult, show: number): string {
  return [...booksOf(result), '', ...factsOf(result), '', ...deviationsOf(result, show)].join('\n');
}

const COLUMNS = ['rows', 'unpublished', 'in_flight', 'stored', 'waiting', 'dead', 'discarded', 'lost'] as const;

function booksOf({ sources }: CheckResult): string[] {
  const all = Object.entries(sources).map(([system, books]) => [
    system,
    ...COLUMNS.map((column) => String(books[column])),
  ]);
  const table = [['source', ...COLUMNS.map((column) => column.replace('_', ' '))], ...all];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
}

function factsOf(result: CheckResult): string[] {
  const { queues, reasons, attempts, foreign } = result;
  const depth = (queue: Depth | undefined) =>
    queue ? `${queue.ready} ready, ${queue.unacknowledged} in hand` : 'not there';
  const counts = (of: Record<string, number>, unit = '') =>
    Object.entries(of)
      .map(([name, count]) => `${name}${unit}: ${count}`)
      .join(', ') || 'none';
  const strangers = Object.values(foreign).reduce((sum, count) => sum + count, 0);
  const facts: [string, string | undefined][] = [
    ['primary_queue', depth(queues.primary)],
    ['retry queues', depth(queues.retries)],
    ['dlq_queue', depth(queues.deadLetters)],
    ['attempt_log', depth(queues.attemptLog)],
    ['dead letters', counts(reasons)],
    ['messages by attempts on record', counts(attempts)],
    ['attempts expired from the log', some(result.expired)],
    ['attempts not on record yet', some(result.notYetRecorded)],
    ['copies in dlq_queue', some(result.copies)],
    ['suspects of the crash guard', some(result.suspects)],
    ['of no source', strangers > 0 ? counts(withoutZeros(foreign)) : undefined],
    ['dlq_queue was only counted', result.deadLettersCountedBecause],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(30)}  ${value}`]));
}

const some = (count: number): string | undefined => (count > 0 ? String(count) : undefined);

const withoutZeros = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

function deviationsOf(result: CheckResult, show: number): string[] {
  const { deviations, settled, looks } = result;
  if (isBalanced(result)) return [settled ? 'Balanced, and nothing is under way.' : 'Balanced.'];
  return [
    looks === 2 ? 'NOT BALANCED, and a second look found the same:' : 'NOT BALANCED:',
    ...kindsOf(deviations).flatMap((kind) => {
      const { count = 0, kept = [] } = deviations[kind] ?? {};
      const shown = kept.slice(0, show).map(({ about, detail }) => `  ${about}  ${detail}`);
      const rest = count > shown.length ? [`  and ${count - shown.length} more`] : [];
      return [`${kind}, ${count}: ${DEVIATIONS[kind]}`, ...shown, ...rest];
    }),
  ];
}
