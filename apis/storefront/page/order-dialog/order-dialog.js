import { fetchOrder } from '../api.js';
import { closeBeside } from '../view/dialog.js';
import { byId, element, icon } from '../view/element.js';
import { RequestFailed, whyItFailed } from '../view/request.js';
import { mergeAttempt } from './merge-attempt.js';
import { orderFacts } from './order-facts.js';
import { hashOfOrder, orderOfHash } from './order-link.js';
import { createTimeline } from './timeline.js';

/** @import { OrderDetails } from '../api.js' */
/** @import { AttemptEvent } from '../feed/frames.js' */
/** @import { PageContext } from '../view/page-context.js' */

/** Milliseconds after which what may have changed is asked for again. */
const ASK_AGAIN = 1_500;

/**
 * The dialog with an order and its timeline. Its address is `#order=` and the message id, so it can be linked to and the
 * browser's "back" closes it. It follows the order: by the feed at once, and by asking again what the feed may not show.
 * @param {Pick<PageContext, 'text' | 'formats' | 'clock' | 'everySecond'>} page
 */
export function startOrderDialog(page) {
  const { text, everySecond } = page;
  const dialog = /** @type {HTMLDialogElement} */ (byId('order-dialog'));
  const title = byId('order-dialog-title');
  const body = byId('order-dialog-body');
  /** @type {string | undefined} */
  let open;
  /** @type {OrderDetails | undefined} */
  let details;
  let countDown = () => {};
  let asking = new AbortController();
  let askAgainAt = Infinity;

  function draw() {
    if (!details) return;
    const timeline = createTimeline(page, details);
    countDown = timeline.countDown;
    const { history } = details;
    body.replaceChildren(
      ...orderFacts(page, details),
      element('h3', {}, text.text('order.timeline')),
      ...(history === 'complete'
        ? []
        : [
            element(
              'p',
              { class: 'history-note', 'data-history': history },
              icon('info'),
              text.text(`order.history.${history}`),
            ),
          ]),
      timeline.list,
    );
  }

  /** @param {string} messageId */
  async function load(messageId) {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    askAgainAt = Infinity;
    try {
      const found = await fetchOrder(messageId, signal);
      if (signal.aborted) return;
      const isOther = JSON.stringify(found) !== JSON.stringify(details);
      details = found;
      if (isOther) draw();
      askAgainAt = whenToAskAgain(found);
    } catch (error) {
      if (signal.aborted) return;
      // What is shown stays, where there is something; it is tried again all the same.
      askAgainAt = performance.now() + 2 * ASK_AGAIN;
      if (!details) showFailure(messageId, error);
    }
  }

  /** @param {OrderDetails} found */
  function whenToAskAgain({ state, history, next_attempt_at: due, timeline }) {
    const soon = performance.now() + ASK_AGAIN;
    if (history === 'unavailable' || timeline.some(({ record }) => record === 'not_yet')) return soon;
    if (state === 'redriving' || state === 'unsettled') return soon;
    if (state === 'waiting' && due !== null)
      return Math.max(soon, performance.now() + Date.parse(due) - page.clock.now() + ASK_AGAIN / 2);
    return Infinity;
  }

  /** @param {string} messageId @param {unknown} error */
  function showFailure(messageId, error) {
    const isUnknown = error instanceof RequestFailed && error.status === 404;
    const said = isUnknown ? text.text('order.unknown') : text.text('order.failed', { why: whyItFailed(error, text) });
    const again = element('button', { type: 'button', class: 'button' }, text.text('order.again'));
    again.addEventListener('click', () => void load(messageId));
    body.replaceChildren(element('p', { class: 'dialog-state', role: 'status' }, said), again);
  }

  /** @param {string} messageId */
  function show(messageId) {
    open = messageId;
    details = undefined;
    title.textContent = text.text('order.title');
    body.replaceChildren(
      element('p', { class: 'unseen', role: 'status' }, text.text('order.loading')),
      element('p', { class: 'bone bone-line' }),
      element('p', { class: 'bone bone-block' }),
    );
    if (!dialog.open) dialog.showModal();
    title.focus();
    void load(messageId);
  }

  function followAddress() {
    const named = orderOfHash(location.hash);
    if (named === open) return;
    if (named !== undefined) show(named);
    else dialog.close();
  }

  dialog.addEventListener('close', () => {
    asking.abort();
    open = undefined;
    details = undefined;
    askAgainAt = Infinity;
    if (orderOfHash(location.hash) !== undefined) history.replaceState(null, '', location.pathname + location.search);
  });
  byId('order-dialog-close').addEventListener('click', () => dialog.close());
  closeBeside(dialog);
  window.addEventListener('hashchange', followAddress);
  everySecond(() => {
    countDown();
    if (open !== undefined && performance.now() >= askAgainAt) void load(open);
  });
  return {
    /** Shows the order that the address names, if it names one. */
    followAddress,
    /** @param {string} messageId */
    openOrder(messageId) {
      location.hash = hashOfOrder(messageId);
    },
    /** @param {readonly AttemptEvent[]} events */
    onAttempts(events) {
      const own = events.filter(({ message_id: id }) => id === open);
      if (own.length === 0 || !details) return;
      for (const event of own.reverse()) details = mergeAttempt(details, event);
      draw();
      askAgainAt = performance.now() + ASK_AGAIN;
    },
  };
}
