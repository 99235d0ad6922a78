/** Milliseconds that the drawings of one frame may take, a sixtieth of a second less what the browser does with them. */
const FRAME_BUDGET = 6;

/**
 * Draws at the pace of the screen, not of the feed: what is asked for is drawn once at the next frame, and each drawing not
 * more often than its pause says. What does not fit into a frame is drawn in the next ones, so that what the reader does
 * comes in between; who was asked for first is drawn first. A hidden page draws nothing until it is seen again.
 */
export function createRenderLoop() {
  /** @type {Set<() => void>} */
  const asked = new Set();
  /** @type {Map<() => void, number>} */
  const drawnAt = new Map();
  /** @type {Map<() => void, number>} */
  const pauses = new Map();
  let isScheduled = false;

  function schedule() {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(frame);
  }

  /** @param {number} now */
  function frame(now) {
    isScheduled = false;
    const begin = performance.now();
    try {
      for (const draw of [...asked]) {
        if (now - (drawnAt.get(draw) ?? -Infinity) < (pauses.get(draw) ?? 0)) continue;
        asked.delete(draw);
        drawnAt.set(draw, now);
        draw();
        if (performance.now() - begin > FRAME_BUDGET) break;
      }
    } finally {
      // The others do not wait for ever for one that throws.
      if (asked.size > 0) schedule();
    }
  }

  return {
    /**
     * @param {() => void} draw
     * @param {number} [pause] milliseconds between two drawings at least
     * @returns {() => void} asks for it
     */
    drawing(draw, pause = 0) {
      pauses.set(draw, pause);
      return () => {
        asked.add(draw);
        schedule();
      };
    },
  };
}
/** @typedef {ReturnType<typeof createRenderLoop>} RenderLoop */
