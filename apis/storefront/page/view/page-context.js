/**
 * What every part of the page is given: its texts and formats, the state of the feed, when to draw, and what time it is.
 * @typedef {object} PageContext
 * @property {import('../text/language.js').Text} text
 * @property {import('../text/formats.js').Formats} formats
 * @property {import('../feed/feed-state.js').FeedState} state
 * @property {import('./render-loop.js').RenderLoop} loop
 * @property {import('./server-clock.js').ServerClock} clock
 * @property {(callback: () => void) => void} everySecond while the page is seen
 * @property {(said: string) => void} announce to a screen reader
 * @property {(messageId: string) => void} openOrder
 */

/** Calls back once a second while the page is seen, and when it is seen again. */
export function createTicker() {
  /** @type {Set<() => void>} */
  const callbacks = new Set();
  const tick = () => {
    if (!document.hidden) for (const callback of callbacks) callback();
  };
  setInterval(tick, 1000);
  document.addEventListener('visibilitychange', tick);
  return (/** @type {() => void} */ callback) => {
    callbacks.add(callback);
  };
}
