import type { CountingHorizon } from '../../db/endput/totals.ts';

/** Milliseconds that rows may wait to be counted before somebody is told: under load some always do, for a moment. */
const PATIENCE = 5_000;

/**
 * Whether the totals are held back: rows are stored that cannot be counted, since a transaction that began before theirs
 * still runs (`db/endput/count-on.ts`). Told by the horizon of counting, which stands still meanwhile. It goes by the
 * clock of this process alone, as the times in the rows are those of other machines.
 */
export function createHeldBack(patience = PATIENCE) {
  let standing: { horizon: string; from: number; since: Date } | undefined;
  let isHeld = false;
  return {
    /** `now` is in milliseconds of a clock that is never set, `at` is the time of day. */
    note({ horizon, isAnyBeyond }: CountingHorizon, now: number, at: Date): void {
      if (!isAnyBeyond) standing = undefined;
      else if (standing?.horizon !== horizon) standing = { horizon, from: now, since: at };
      isHeld = standing !== undefined && now - standing.from >= patience;
    },
    /** Since when rows wait to be counted; undefined where none has to. */
    since: (): Date | undefined => (isHeld ? standing?.since : undefined),
  };
}
export type HeldBack = ReturnType<typeof createHeldBack>;
