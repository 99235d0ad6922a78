import { element, foreignText, icon } from '../view/element.js';
import { attemptPips } from './attempt-pips.js';

/** @import { StoredOrder } from '../api.js' */
/** @import { AttemptEvent } from '../feed/frames.js' */
/** @import { PageContext } from '../view/page-context.js' */

/**
 * @typedef {object} RowContent
 * @property {string} messageId
 * @property {string} outcome
 * @property {string} label
 * @property {string | null} product
 * @property {string | null} price
 * @property {string} source
 * @property {number} attempt
 * @property {number} cycle
 * @property {string} time
 * @property {string} title the time in full
 */

/**
 * Makes the rows of the list of orders: of attempts that just ended, and of stored orders that a search found.
 * @param {PageContext} page
 */
export function createOrderRows({ text: { text, known }, formats, state, clock, openOrder }) {
  /** @param {RowContent} content */
  function row(content) {
    const { attempt, cycle, outcome } = content;
    const of = state.maxAttempts;
    const product = content.product === null ? text('orders.unread') : content.product;
    const button = element(
      'button',
      { type: 'button', class: 'row', 'data-outcome': outcome, 'aria-haspopup': 'dialog' },
      icon(outcome),
      foreignText(product, content.product === null ? 'row-product is-unread' : 'row-product'),
      element('span', { class: 'row-price' }, foreignText(content.price === null ? '' : formats.money(content.price))),
      element(
        'span',
        { class: 'row-line' },
        element('span', { class: 'row-label' }, content.label),
        attemptPips({
          attempt,
          of,
          outcome,
          said: text('orders.attempt', { attempt, of }),
          short: text('orders.attempt.short', { attempt, of }),
        }),
        cycle > 0 ? element('span', {}, text('orders.cycle', { cycle })) : undefined,
        foreignText(content.source, 'row-source'),
      ),
      element('span', { class: 'row-time', title: content.title }, content.time),
    );
    button.addEventListener('click', () => openOrder(content.messageId));
    return element('li', {}, button);
  }

  return {
    /** @param {AttemptEvent} event */
    ofAttempt: (event) =>
      row({
        messageId: event.message_id,
        outcome: event.outcome,
        label: event.reason === null ? text(`outcome.${event.outcome}`) : known(`reason.${event.reason}`, event.reason),
        product: event.product,
        price: event.price,
        source: event.source,
        attempt: event.attempt,
        cycle: event.cycle,
        time: formats.time(event.at),
        title: formats.preciseTime(event.at),
      }),
    /** @param {StoredOrder} order */
    ofStored: (order) =>
      row({
        messageId: order.message_id,
        outcome: 'succeeded',
        label: text('outcome.succeeded'),
        product: order.product,
        price: order.price,
        source: `${order.source}#${order.source_id}`,
        attempt: order.attempt,
        cycle: order.cycle,
        time: formats.fromNow(Date.parse(order.stored_at) - clock.now()),
        title: formats.dateTime(order.stored_at),
      }),
  };
}
