import { whyItFailed } from './request.js';
import { setText } from './element.js';

/** @import { PageContext } from './page-context.js' */

/** Milliseconds after the last key before it is searched. */
const PAUSE = 200;

/**
 * A search box: asks the API a moment after the last key, forgets an answer that came too late, says what was found or
 * why not, and goes back to the live view when it is empty.
 * @template Found
 * @template Meant
 * @param {Pick<PageContext, 'text'>} page
 * @param {object} parts
 * @param {HTMLElement} parts.input
 * @param {HTMLElement} parts.status where to say what was found
 * @param {(words: string, signal: AbortSignal, meant?: Meant) => Promise<Found>} parts.find `meant`: what the words stand for,
 *   where nobody wrote them
 * @param {(found: Found, words: string) => string} parts.show draws it, and returns what to say
 * @param {() => void} parts.end draws the live view again
 */
export function createSearch({ text }, { input, status, find, show, end }) {
  const box = /** @type {HTMLInputElement} */ (input);
  let isActive = false;
  let timer = 0;
  let asking = new AbortController();

  const changed = () => {
    clearTimeout(timer);
    const words = box.value.trim();
    if (words === '') {
      asking.abort();
      setText(status, '');
      if (isActive) {
        isActive = false;
        end();
      }
      return;
    }
    timer = window.setTimeout(() => void run(words), PAUSE);
  };

  /** @param {string} words @param {Meant} [meant] */
  async function run(words, meant) {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    isActive = true;
    setText(status, text.text('searching'));
    try {
      const found = await find(words, signal, meant);
      if (!signal.aborted) setText(status, show(found, words));
    } catch (error) {
      if (!signal.aborted) setText(status, text.text('search.failed', { why: whyItFailed(error, text) }));
    }
  }

  box.addEventListener('input', changed);
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || box.value === '') return;
    box.value = '';
    changed();
  });
  return {
    isActive: () => isActive,
    /**
     * Searches for what was chosen elsewhere; its name stands in the box.
     * @param {string} words
     * @param {Meant} meant
     */
    searchFor(words, meant) {
      box.value = words;
      clearTimeout(timer);
      void run(words, meant);
    },
  };
}
