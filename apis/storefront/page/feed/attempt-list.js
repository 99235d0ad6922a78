/** @import { AttemptEvent } from './frames.js' */

/**
 * What one attempt is known by; the same attempt may come twice, in a snapshot and from a delta before it.
 * @param {{ message_id: string, cycle: number, attempt: number }} event
 */
export const attemptKey = (event) => `${event.message_id}:${event.cycle}:${event.attempt}`;

/** Attempts that wait to be shown at most. Older ones give way: what is shown is a sample anyway. */
const MOST_WAITING = 200;

/**
 * The attempts of the list "Orders, live": what is shown, newest first, and what waits to be shown. Of many that came at
 * once only some are taken, so that a reader can follow; dead letters go first, they are the rare ones.
 * @param {number} most how many are shown
 */
export function createAttemptList(most) {
  /** @type {AttemptEvent[]} */
  let shown = [];
  /** @type {AttemptEvent[]} */
  let waiting = [];
  let waitingCount = 0;
  return {
    shown: () => shown,
    /** How many attempts have ended that are not shown yet, those left out of samples too. */
    waiting: () => waitingCount,
    /**
     * Begins anew with those of a snapshot.
     * @param {readonly AttemptEvent[]} events newest first
     */
    reset(events) {
      shown = withoutCopies(events).slice(0, most);
      waiting = [];
      waitingCount = 0;
    },
    /**
     * Notes those of a delta.
     * @param {readonly AttemptEvent[]} events newest first
     * @param {number} of how many there were
     */
    note(events, of) {
      waiting = [...events, ...waiting].slice(0, MOST_WAITING);
      waitingCount += of;
    },
    /**
     * Moves what waits to what is shown, at most `limit` of it; the rest is left out.
     * @param {number} limit
     * @returns {{ taken: number, of: number }}
     */
    take(limit) {
      const of = waitingCount;
      const chosen = chooseAttempts(waiting, limit);
      waiting = [];
      waitingCount = 0;
      shown = withoutCopies([...chosen, ...shown]).slice(0, most);
      return { taken: chosen.length, of };
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
