import { element, foreignText, icon } from '../view/element.js';

/** @import { OrderDetails } from '../api.js' */
/** @import { PageContext } from '../view/page-context.js' */

const ICONS = {
  stored: 'succeeded',
  waiting: 'waiting',
  dead: 'dead',
  redriving: 'retrying',
  discarded: 'dead',
  unsettled: 'unknown',
};

/**
 * What an order is and where it stands, above its timeline.
 * @param {Pick<PageContext, 'text' | 'formats'>} page
 * @param {OrderDetails} details
 */
export function orderFacts({ text: { text, known }, formats }, details) {
  const { order, reason, error } = details;
  const source = [details.source ?? '', order?.source_id ?? ''].filter((part) => part !== '').join('#');
  /** @type {[string, HTMLElement | string | null | undefined][]} */
  const facts = [
    [text('order.price'), order?.price ? foreignText(formats.money(order.price)) : null],
    [text('order.source'), source === '' ? null : foreignText(source)],
    [text('order.created'), order?.created_at ? formats.dateTime(order.created_at) : null],
    [text('order.settled'), details.settled_at ? formats.dateTime(details.settled_at) : null],
    [text('order.id'), element('code', {}, details.message_id)],
  ];
  const parts = [
    element(
      'p',
      { class: 'order-state', 'data-state': details.state },
      icon(ICONS[details.state]),
      element('strong', {}, text(`order.state.${details.state}`)),
      reason === null ? undefined : element('span', { class: 'order-reason' }, known(`reason.${reason}`, reason)),
    ),
    order?.product
      ? element(
          'p',
          // A name that has to be scrolled has to be reached by the keyboard.
          {
            class: 'order-product',
            ...(order.product.length > 200 && { tabindex: 0, role: 'group', 'aria-label': text('order.product') }),
          },
          foreignText(order.product),
        )
      : element('p', { class: 'order-product is-unread' }, text('order.text-gone')),
    element(
      'dl',
      { class: 'facts' },
      ...facts.flatMap(([name, value]) =>
        value ? [element('div', {}, element('dt', {}, name), element('dd', {}, value))] : [],
      ),
    ),
  ];
  // The timeline has the error of each attempt; where it cannot be had, the last one is all there is.
  if (error !== null && details.history !== 'complete')
    parts.push(element('p', { class: 'attempt-error' }, foreignText(error.message)));
  return parts;
}
