import { createDialog } from '../view/dialog.js';
import { element, setText } from '../view/element.js';

/** @import { DeskText } from '../text/desk-language.js' */

/**
 * Fetches parts of the page when they are first used, as most who look at the desk only look. Calls while a part is on its
 * way are one call, so that a double click does not open two dialogs. Where it cannot be fetched, a dialog says so; the next
 * call tries again.
 * @param {DeskText} text
 */
export function createOnDemand(text) {
  const { body, open } = createDialog(text, { className: 'is-narrow' });
  const said = element('p', { class: 'dialog-state' });
  body.append(said);

  /**
   * @template {unknown[]} Given
   * @template Result
   * @param {() => Promise<(...given: Given) => Result | Promise<Result>>} load
   * @returns {(...given: Given) => Promise<Result | undefined>} resolves with undefined where it cannot be fetched
   */
  return (load) => {
    /** @type {Awaited<ReturnType<typeof load>> | undefined} */
    let part;
    /** @type {Promise<Result | undefined> | undefined} */
    let first;

    /** @param {Given} given */
    async function begin(given) {
      try {
        part = await load();
      } catch {
        first = undefined;
        setText(said, text.text('failed', { why: text.text('error.part') }));
        open(text.text('error.title'));
        return undefined;
      }
      return part(...given);
    }

    return async (...given) => {
      if (part) return part(...given);
      first ??= begin(given);
      return first;
    };
  };
}
