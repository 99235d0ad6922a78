/** Milliseconds between emptying the place and writing into it: what changes at once is one change, or none. */
const PAUSE = 100;

/**
 * Says sentences to a screen reader, by a place that it watches. The same sentence twice is said twice: the place is
 * emptied in between, as a text that stays is no news.
 * @param {{ textContent: string | null }} place
 */
export function createAnnouncer(place) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (/** @type {string} */ said) => {
    clearTimeout(timer);
    place.textContent = '';
    timer = setTimeout(() => (place.textContent = said), PAUSE);
  };
}
