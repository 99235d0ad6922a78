import { element, foreignText, icon, setAttribute, setText } from '../view/element.js';

/** @import { Letter, LetterState } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */

/** How a state looks: an icon, and the outcome whose colours it has. @type {Record<LetterState, [string, string]>} */
export const LOOKS = {
  dead: ['dead', 'dead'],
  redriving: ['retrying', 'retrying'],
  discarded: ['trash', 'unknown'],
  resolved: ['succeeded', 'succeeded'],
};

/**
 * Makes the rows of the list of dead letters: a box to choose it, and a button that opens it.
 * @param {Pick<DeskContext, 'text' | 'formats' | 'clock'>} page
 * @param {{ open: (id: string) => void, choose: (id: string, isIn: boolean) => void }} acts
 */
export function createLetterRows({ text: { text, known }, formats, clock }, { open, choose }) {
  /** @param {Letter} letter @param {boolean} isChosen @param {boolean} canChoose */
  function create(letter, isChosen, canChoose) {
    const box = element('input', {
      type: 'checkbox',
      'aria-label': text('letters.choose', { product: nameOf(letter) }),
    });
    box.addEventListener('change', () => choose(letter.message_id, box.checked));
    const button = element(
      'button',
      { type: 'button', class: 'row letter-row', 'aria-haspopup': 'dialog' },
      element('span', { class: 'letter-icon' }),
      foreignText('', 'row-product'),
      element('time', { class: 'row-time' }),
      element('span', { class: 'letter-error' }),
      element(
        'span',
        { class: 'row-line' },
        element('span', { class: 'row-label' }),
        foreignText('', 'row-source'),
        element('span', { class: 'letter-cycle' }),
      ),
    );
    button.addEventListener('click', () => open(letter.message_id));
    const row = element('li', { class: 'letter' }, element('label', { class: 'letter-box' }, box), button);
    update(row, letter, isChosen, canChoose);
    return row;
  }

  /** @param {HTMLElement} row @param {Letter} letter @param {boolean} isChosen @param {boolean} canChoose */
  function update(row, letter, isChosen, canChoose) {
    const place = (/** @type {string} */ name) => /** @type {HTMLElement} */ (row.querySelector(name));
    const [symbol, outcome] = LOOKS[letter.state];
    setAttribute(row, 'data-outcome', outcome);
    if (place('.letter-icon').dataset.is !== symbol)
      place('.letter-icon').replaceChildren(
        icon(symbol),
        element('span', { class: 'unseen' }, `${text(`state.${letter.state}`)}: `),
      );
    place('.letter-icon').dataset.is = symbol;
    setText(place('.row-product'), letter.product === null ? text('orders.unread') : letter.product.slice(0, 300));
    place('.row-product').classList.toggle('is-unread', letter.product === null);
    const time = /** @type {HTMLTimeElement} */ (place('.row-time'));
    time.dateTime = letter.died_at;
    time.title = formats.dateTime(letter.died_at);
    setText(time, formats.fromNow(Date.parse(letter.died_at) - clock.now()));
    const error = place('.letter-error');
    if (error.textContent !== letter.error_message.slice(0, 400))
      error.replaceChildren(foreignText(letter.error_message.slice(0, 400)));
    setText(place('.row-label'), known(`reason.${letter.reason}`, letter.reason));
    setText(place('.row-source'), letter.source);
    setText(place('.letter-cycle'), letter.cycle > 0 ? text('orders.cycle', { cycle: letter.cycle }) : '');
    const box = /** @type {HTMLInputElement} */ (place('input'));
    box.checked = isChosen;
    box.disabled = !canChoose;
    row.classList.toggle('is-chosen', isChosen);
  }

  /** @param {Letter} letter */
  const nameOf = ({ product, message_id: id }) => `${(product ?? text('orders.unread')).slice(0, 80)}, ${id}`;
  return { create, update };
}
