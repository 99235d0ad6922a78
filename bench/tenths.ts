import type { Milestone } from './consumer-progress.ts';
import { perSecond } from './statistics.ts';

/** How a long run went: the orders of each tenth, in their turn. */
export interface Tenth {
  ordersPerSecond: number;
  /** Highest resident memory of all consumers that was seen in it, in MB (10^6 bytes). */
  megabytes?: number;
}

/** Fewer milestones than this say nothing about a tenth. */
const LEAST_MILESTONES = 50;

/**
 * Divides a run into tenths of its orders. The time at which one ends lies between two milestones, in proportion.
 * Undefined where the run was too short to tell.
 */
export function tenthsOf(way: readonly Milestone[], orders: number): Tenth[] | undefined {
  const [first] = way;
  if (first === undefined || way.length < LEAST_MILESTONES) return undefined;
  const step = (orders - first.done) / 10;
  return Array.from({ length: 10 }, (_, index) => {
    const [from, to] = [first.done + index * step, first.done + (index + 1) * step];
    const inside = way.filter(({ done }) => done >= from && done <= to).flatMap(({ megabytes }) => megabytes ?? []);
    return {
      ordersPerSecond: perSecond(step, timeOf(way, to) - timeOf(way, from)),
      ...(inside.length > 0 && { megabytes: Math.max(...inside) }),
    };
  });
}

/** Milliseconds at which so many orders were done. */
function timeOf(way: readonly Milestone[], done: number): number {
  const index = way.findIndex((milestone) => milestone.done >= done);
  const after = way[index] ?? way.at(-1);
  const before = way[index - 1];
  if (after === undefined) return 0;
  if (before === undefined || after.done === before.done) return after.at;
  return before.at + ((done - before.done) / (after.done - before.done)) * (after.at - before.at);
}

/** The tenth with which the last one is compared in memory: by then a process has warmed up. */
const WARM = 2;
const LEAST_SHARE_OF_RATE = 0.9;
const MOST_GROWTH = 1.25;

/** Why a long and steady load was not borne steadily: it became slower, or what ran under it grew. */
export function whyNotSteady(tenths: readonly Tenth[]): string | undefined {
  const [first, warm, last] = [tenths[0], tenths[WARM], tenths.at(-1)];
  if (!first || !warm || !last) return 'it was too short to tell';
  if (last.ordersPerSecond < first.ordersPerSecond * LEAST_SHARE_OF_RATE) {
    return `${last.ordersPerSecond.toFixed(0)} orders/s in its last tenth, ${first.ordersPerSecond.toFixed(0)} in its first`;
  }
  if (last.megabytes === undefined || warm.megabytes === undefined) return undefined;
  if (last.megabytes <= warm.megabytes * MOST_GROWTH) return undefined;
  return `${last.megabytes} MB in its last tenth, ${warm.megabytes} MB in its third: does it leak?`;
}
