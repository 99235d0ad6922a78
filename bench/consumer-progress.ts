import { setTimeout as sleep } from 'node:timers/promises';
import { ScenarioError } from './measurement.ts';
import { readMetrics, type OurProcess } from './node-process.ts';
import { metricValue } from './prometheus.ts';
import { residentMegabytes } from './cpu.ts';
import { inWords, say } from './say.ts';

/** What consumers have done by a moment, by their own counters. */
export interface ConsumerCounts {
  /** Milliseconds, `performance.now()`. */
  at: number;
  succeeded: number;
  dead: number;
  /** Of all outcomes. */
  attempts: number;
  recorded: number;
  refused: number;
}

/** Milliseconds without any progress after which a scenario has failed. */
const PATIENCE = 60_000;
/** Milliseconds between two lines of progress. */
const REPORT_INTERVAL = 5_000;
/** Milliseconds between two questions: longer while much is left, because answering costs the consumer CPU. */
const PAUSE = { shortest: 20, longest: 1_000 };

/** A moment on the way: orders settled by then, and resident memory of all consumers in MB (10^6 bytes). */
export interface Milestone {
  /** Milliseconds, `performance.now()`. */
  at: number;
  done: number;
  megabytes?: number;
}

/** The counts of all consumers together. */
export async function readCounts(consumers: readonly OurProcess[]): Promise<ConsumerCounts> {
  const texts = await Promise.all(consumers.map(readMetrics));
  const sum = (name: string, labels?: string) => texts.reduce((all, text) => all + metricValue(text, name, labels), 0);
  return {
    at: performance.now(),
    succeeded: sum('consumer_attempts_total', 'outcome="succeeded"'),
    dead: sum('consumer_attempts_total', 'outcome="dead"'),
    attempts: sum('consumer_attempts_total'),
    recorded: sum('consumer_attempts_recorded_total'),
    refused: sum('consumer_attempt_records_refused_total'),
  };
}

/**
 * Waits until the consumers have settled so many orders and the log has taken every attempt. Resolves with the counts at
 * both moments, and with what was seen on the way. Rejects with a `ScenarioError` when nothing moves for a minute, and when `watch` does.
 */
export async function untilAllSettled(
  consumers: readonly OurProcess[],
  orders: number,
  options: { title: string; watch: () => Promise<void>; lastLines: () => string },
): Promise<{ settled: ConsumerCounts; logged: ConsumerCounts; way: Milestone[] }> {
  const way: Milestone[] = [];
  let settled: ConsumerCounts | undefined;
  let first: ConsumerCounts | undefined;
  let last: ConsumerCounts | undefined;
  let movedAt = performance.now();
  let reportAt = movedAt + REPORT_INTERVAL;
  for (;;) {
    const counts = await readCounts(consumers).catch(async (error: unknown) => {
      await options.watch();
      throw error;
    });
    first ??= counts;
    const done = counts.succeeded + counts.dead;
    if (settled === undefined) way.push({ at: counts.at, done, ...(await memoryOf(consumers)) });
    if (done >= orders) settled ??= counts;
    if (settled && counts.recorded + counts.refused >= counts.attempts) return { settled, logged: counts, way };

    if (last?.attempts !== counts.attempts || last.recorded !== counts.recorded) movedAt = counts.at;
    last = counts;
    const state = `${inWords(done)} of ${inWords(orders)} orders settled, ${inWords(counts.recorded)} of ${inWords(counts.attempts)} attempts logged`;
    if (counts.at - movedAt > PATIENCE) {
      throw new ScenarioError(`nothing has moved for ${PATIENCE / 1_000} s: ${state}\n${options.lastLines()}`);
    }
    if (counts.at > reportAt) {
      say(`  ${options.title}: ${state}`);
      reportAt = counts.at + REPORT_INTERVAL;
    }
    await options.watch();
    await sleep(pauseFor(first, counts, settled ? counts.attempts : orders, settled ? 'recorded' : 'done'));
  }
}

/** Half of the time that the rest takes at the rate so far, so that the end is met to some milliseconds. */
function pauseFor(first: ConsumerCounts, now: ConsumerCounts, wanted: number, what: 'recorded' | 'done'): number {
  const count = (of: ConsumerCounts) => (what === 'recorded' ? of.recorded : of.succeeded + of.dead);
  const rate = (count(now) - count(first)) / Math.max(now.at - first.at, 1);
  const rest = rate > 0 ? (wanted - count(now)) / rate / 2 : PAUSE.longest / 10;
  return Math.min(PAUSE.longest, Math.max(PAUSE.shortest, rest));
}

async function memoryOf(consumers: readonly OurProcess[]): Promise<{ megabytes?: number }> {
  const all = await Promise.all(consumers.map(({ pid }) => residentMegabytes(pid)));
  return all.includes(undefined) ? {} : { megabytes: all.reduce<number>((sum, one) => sum + (one ?? 0), 0) };
}
