/** @import { AttemptEvent } from './frames.js' */

/**
 * What one attempt is known by; the same attempt may come twice, in a snapshot and from a delta before it.
 * @param {{ message_id: string, cycle: number, attempt: number }} event
 */
export const attemptKey = (event) => `${event.message_id}:${event.cycle}:${event.attempt}`;

/**
 * The attempts of the list "Orders, live": what is shown, newest first, and what waits to be shown. What comes at once is
 * shown a few at a time, oldest first, so that a reader can follow. As many may wait as are shown; where more come than
 * that, newer ones push older ones out, but the rare dead letters stay: the list is a sample then.
 * @param {number} most how many are shown
 */
export function createAttemptList(most) {
  /** @type {AttemptEvent[]} */
  let shown = [];
  /** @type {AttemptEvent[]} */
  let waiting = [];
  /** Attempts that ended since the last were taken, and will never be shown. */
  let leftOut = 0;
  return {
    shown: () => shown,
    /** How many attempts have ended that are not shown yet, those that never will be too. */
    waiting: () => waiting.length + leftOut,
    /** Whether there is something to take. */
    hasMore: () => waiting.length > 0,
    /**
     * Begins anew with those of a snapshot.
     * @param {readonly AttemptEvent[]} events newest first
     */
    reset(events) {
      shown = withoutCopies(events).slice(0, most);
      waiting = [];
      leftOut = 0;
    },
    /**
     * Notes those of a delta.
     * @param {readonly AttemptEvent[]} events newest first
     * @param {number} of how many there were
     */
    note(events, of) {
      const all = [...events, ...waiting];
      waiting = chooseAttempts(all, most);
      leftOut += of - events.length + all.length - waiting.length;
    },
    /**
     * Moves the oldest of what waits to what is shown, at most `limit`.
     * @param {number} limit
     * @returns {{ taken: number, leftOut: number }} how many those are, and how many were left out since the last time
     */
    take(limit) {
      const chosen = waiting.slice(-limit);
      waiting = waiting.slice(0, -limit);
      const result = { taken: chosen.length, leftOut };
      leftOut = 0;
      shown = withoutCopies([...chosen, ...shown]).slice(0, most);
      return result;
    },
  };
}

/**
 * At most `limit` of some attempts, in their order: dead letters first, then the newest.
 * @param {readonly AttemptEvent[]} events newest first
 * @param {number} limit
 */
export function chooseAttempts(events, limit) {
  if (events.length <= limit) return [...events];
  const dead = events.filter((event) => event.outcome === 'dead').slice(0, Math.ceil(limit / 2));
  const others = events.filter((event) => event.outcome !== 'dead').slice(0, limit - dead.length);
  const chosen = new Set([...dead, ...others]);
  return events.filter((event) => chosen.has(event));
}

/** @param {readonly AttemptEvent[]} events the first of copies stays */
function withoutCopies(events) {
  const keys = new Set();
  return events.filter((event) => {
    const key = attemptKey(event);
    if (keys.has(key)) return false;
    keys.add(key);
    return true;
  });
}
