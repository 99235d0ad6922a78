/** Milliseconds that are looked back on. */
const SPAN = 3_000;
/** Milliseconds at least that a rate is taken over: one burst is no rate of a thousand a second. */
const LEAST = 1_000;

/**
 * How much of what happened the list has shown, of late: by what was really shown and left out. Time is given, in
 * milliseconds.
 */
export function createShownShare() {
  /** @type {{ at: number, taken: number, leftOut: number }[]} */
  let noted = [];
  return {
    /** @param {{ taken: number, leftOut: number }} what @param {number} now */
    note({ taken, leftOut }, now) {
      if (taken > 0 || leftOut > 0) noted.push({ at: now, taken, leftOut });
    },
    /**
     * Attempts a second that were shown, of how many; undefined where none was left out, so that every one was shown.
     * @param {number} now
     * @returns {{ shown: number, of: number } | undefined}
     */
    at(now) {
      noted = noted.filter(({ at }) => now - at < SPAN);
      const taken = noted.reduce((sum, part) => sum + part.taken, 0);
      const leftOut = noted.reduce((sum, part) => sum + part.leftOut, 0);
      if (leftOut === 0) return undefined;
      const seconds = Math.max(LEAST, now - (noted[0]?.at ?? now)) / 1000;
      return { shown: taken / seconds, of: (taken + leftOut) / seconds };
    },
  };
}
