import { element, foreignText, icon } from '../view/element.js';
import { LOOKS } from './letter-row.js';

/** @import { LetterDetails } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */

/**
 * What a dead letter is and why it died.
 * @param {Pick<DeskContext, 'text' | 'formats'>} page
 * @param {LetterDetails} letter
 */
export function letterFacts({ text: { text, known }, formats }, letter) {
  const { product, state, cycle, attempt } = letter;
  const position =
    attempt > 0 ? text('letter.position.is', { cycle, attempt }) : text('letter.position.sent', { cycle });
  /** @type {[string, HTMLElement | string][]} */
  const facts = [
    [text('order.source'), foreignText(letter.source)],
    [text('letter.died'), formats.dateTime(letter.died_at)],
    [text('letter.first-seen'), formats.dateTime(letter.first_seen_at)],
    [text('letter.position'), position],
    [text('order.id'), element('code', {}, letter.message_id)],
  ];
  const isLong = (product?.length ?? 0) > 200;
  return [
    element(
      'p',
      { class: 'order-state', 'data-state': state },
      icon(LOOKS[state][0]),
      element('strong', {}, text(`state.${state}.one`)),
      element('span', { class: 'order-reason' }, known(`reason.${letter.reason}`, letter.reason)),
    ),
    product === null
      ? element('p', { class: 'order-product is-unread' }, text('order.text-gone'))
      : element(
          'p',
          // A name that has to be scrolled has to be reached by the keyboard.
          {
            class: 'order-product',
            ...(isLong && { tabindex: 0, role: 'group', 'aria-label': text('order.product') }),
          },
          foreignText(product),
        ),
    element(
      'div',
      { class: 'letter-why' },
      element('p', { class: 'letter-kind' }, known(`kind.${letter.error_kind}`, letter.error_kind)),
      element(
        'p',
        { class: 'letter-message', tabindex: 0, role: 'group', 'aria-label': text('letter.error') },
        foreignText(letter.error_message),
      ),
    ),
    element(
      'dl',
      { class: 'facts' },
      ...facts.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
    ),
  ];
}
