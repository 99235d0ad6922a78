import { element, foreignText, icon, setAttribute, setText } from '../view/element.js';
import { stateReasonInWords } from './kept-reasons.js';
import { operatorButton } from './operator-button.js';
import { controlsOf, progressOf } from './operation-progress.js';

/** @import { Operation } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */
/** @import { Control } from './operation-progress.js' */

const SYMBOLS = { redrive: 'retrying', edit: 'edit', discard: 'trash', restore: 'undo' };
const CONTROL_SYMBOLS = { pause: 'pause', resume: 'play', cancel: 'close' };
const NAMES = /** @type {const} */ (['stored', 'dead_again', 'on_the_way', 'marked', 'skipped', 'waiting']);

/**
 * Makes the entries of the list of operations: what was ordered by whom, how far it has come, and its controls.
 * @param {DeskContext} page
 * @param {object} acts
 * @param {(id: string, what: Control) => void} acts.control
 * @param {(operation: Operation) => string} acts.inWords
 * @param {(operation: Operation, state: 'skipped' | 'dead_again') => void} acts.showMessages
 */
export function createOperationRows(page, { control, inWords, showMessages }) {
  const {
    text: { text, count },
    formats,
  } = page;

  /** @param {Operation} operation */
  function create(operation) {
    const title = element('h3', { id: `operation-${operation.id}` }, text(`operation.${operation.kind}`));
    const buttons = /** @type {const} */ (['pause', 'resume', 'cancel']).map((what) =>
      operatorButton(
        page,
        { class: 'button is-small', 'data-control': what },
        () => control(operation.id, what),
        icon(CONTROL_SYMBOLS[what]),
        text(`operation.${what}`),
      ),
    );
    const row = element(
      'li',
      { class: 'operation', tabindex: -1, 'aria-labelledby': title.id },
      element(
        'div',
        { class: 'operation-head' },
        icon(SYMBOLS[operation.kind]),
        title,
        element('span', { class: 'operation-state', 'data-part': 'state' }),
      ),
      element(
        'p',
        { class: 'operation-who' },
        foreignText(operation.actor),
        ' · ',
        element('time', { datetime: operation.ordered_at }, formats.dateTime(operation.ordered_at)),
      ),
      element('p', { class: 'operation-what' }, foreignText(inWords(operation))),
      operation.comment === null ? undefined : element('p', { class: 'event-comment' }, foreignText(operation.comment)),
      element('p', { class: 'operation-reason', 'data-part': 'reason' }),
      element(
        'div',
        {
          class: 'operation-bar',
          role: 'progressbar',
          'aria-labelledby': title.id,
          'aria-valuemin': 0,
          'aria-valuemax': 100,
        },
        ...NAMES.map((name) => element('span', { 'data-progress': name })),
      ),
      element('dl', { class: 'operation-parts', 'data-part': 'parts' }),
      element('div', { class: 'operation-controls' }, ...buttons),
    );
    update(row, operation);
    return row;
  }

  /** @param {HTMLElement} row @param {Operation} operation */
  function update(row, operation) {
    const place = (/** @type {string} */ part) =>
      /** @type {HTMLElement} */ (row.querySelector(`[data-part="${part}"]`));
    const { parts, share } = progressOf(operation);
    const total = Math.max(1, operation.messages.total);
    row.dataset.state = operation.state;
    setText(place('state'), text(`operation.state.${operation.state}`));
    setText(place('reason'), reasonOf(operation));
    const bar = /** @type {HTMLElement} */ (row.querySelector('.operation-bar'));
    setAttribute(bar, 'aria-valuenow', String(Math.round(share * 100)));
    for (const { name, count: of } of parts) {
      const piece = /** @type {HTMLElement} */ (bar.querySelector(`[data-progress="${name}"]`));
      piece.style.flexGrow = String(of / total);
      piece.hidden = of === 0;
    }
    drawParts(place('parts'), operation);
    const controls = controlsOf(operation);
    for (const button of row.querySelectorAll('[data-control]'))
      /** @type {HTMLElement} */ (button).hidden = !controls.some(
        (what) => what === button.getAttribute('data-control'),
      );
  }

  /** Why it stands still, and what its canary is at. @param {Operation} operation */
  function reasonOf({ state, state_reason: reason, canary, rate }) {
    const facts = [];
    if (reason !== null) facts.push(stateReasonInWords(page, reason));
    if (canary !== null && state !== 'done' && state !== 'cancelled')
      facts.push(
        text('operation.canary', { step: formats.number(canary.step), share: formats.percent(canary.max_dead_share) }),
      );
    if (rate !== null && (state === 'running' || state === 'paused'))
      facts.push(text('operation.rate', { rate: formats.number(rate) }));
    return facts.join(' · ');
  }

  /** @param {HTMLElement} list @param {Operation} operation */
  function drawParts(list, operation) {
    const { parts } = progressOf(operation);
    const shown = parts.filter(({ count: of }) => of > 0);
    const known = shown.map(({ name, count: of }) => `${name}:${of}`).join(' ');
    if (list.dataset.is === known) return;
    list.dataset.is = known;
    list.replaceChildren(
      element(
        'div',
        {},
        element('dt', { class: 'unseen' }, text('operation.total')),
        element('dd', {}, count('operation.messages', operation.messages.total)),
      ),
      ...shown.map(({ name, count: of }) =>
        element(
          'div',
          { 'data-progress': name },
          element('dt', {}, element('i', { class: 'swatch' }), text(`progress.${name}`)),
          element(
            'dd',
            {},
            name === 'skipped' || name === 'dead_again' ? listLink(operation, name, of) : formats.number(of),
          ),
        ),
      ),
    );
  }

  /** The number of those that went wrong leads to them. @param {Operation} operation @param {'skipped' | 'dead_again'} name @param {number} of */
  function listLink(operation, name, of) {
    const label = `${formats.number(of)} ${text(`progress.${name}`)}: ${text('outcome-list.show')}`;
    const link = element(
      'button',
      { type: 'button', class: 'link', 'aria-haspopup': 'dialog', 'aria-label': label, title: label },
      formats.number(of),
    );
    link.addEventListener('click', () => showMessages(operation, name));
    return link;
  }
  return { create, update };
}
