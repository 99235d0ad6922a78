/**
 * The server's time, as far as frames tell: a reader's clock may be minutes off, and a countdown must not be. A frame is
 * never early, so the smallest difference seen is the best guess.
 */
export function createServerClock(now = () => Date.now()) {
  /** @type {number | undefined} */
  let behind;
  return {
    /** @param {string} at when a frame was made */
    saw(at) {
      const difference = now() - Date.parse(at);
      if (Number.isNaN(difference)) return;
      behind = behind === undefined ? difference : Math.min(behind, difference);
    },
    /** Begins anew: another storefront may have another clock. */
    forget() {
      behind = undefined;
    },
    /** Whether anything was seen of the server's time. */
    isKnown: () => behind !== undefined,
    /** Milliseconds since 1970, as the server counts them. */
    now: () => now() - (behind ?? 0),
  };
}
/** @typedef {ReturnType<typeof createServerClock>} ServerClock */
