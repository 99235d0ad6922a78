/** First size of a batch after an outage; it doubles with every batch, so that the load comes back gradually. */
const FIRST_BATCH = 10;

/**
 * How many deliveries are taken together: few at first and after an outage, twice as many after each batch that was
 * settled, at most `largest`. `onLimit` is told each change.
 */
export function createRamp(largest: number, onLimit: (limit: number) => void) {
  let limit = 0;
  let isHeld = false;
  const set = (next: number) => {
    limit = Math.min(next, largest);
    onLimit(limit);
  };
  set(FIRST_BATCH);
  return {
    limit: () => limit,
    /** Endput or broker is away; the batch in hand is held until it is settled, and the next one is small. */
    outage: () => {
      isHeld = true;
      set(FIRST_BATCH);
    },
    /** A batch was settled. */
    settled: () => {
      if (!isHeld) set(limit * 2);
      isHeld = false;
    },
  };
}
export type Ramp = ReturnType<typeof createRamp>;
