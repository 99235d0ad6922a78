import { byId, element, foreignText, icon, iconAddress, setText } from '../view/element.js';
import { createKeyedList } from '../view/keyed-list.js';
import { recall, remember } from '../view/remembered.js';
import { createNotificationGroups } from './group-notifications.js';

/** @import { Delta } from '../feed/frames.js' */
/** @import { PageContext } from '../view/page-context.js' */
/** @import { Notification } from './group-notifications.js' */

/** Milliseconds between two sentences for a screen reader. */
const SAID_EVERY = 10_000;

/**
 * A quiet notification of each new order, that is one that was stored just now; many are grouped. To a screen reader they
 * are counted every ten seconds, and not read one by one.
 * @param {PageContext} page
 */
export function startNotifications({ text: { text, count }, formats, loop, everySecond, announce, openOrder }) {
  const button = byId('notify-switch');
  const groups = createNotificationGroups();
  /** @type {WeakMap<HTMLElement, (notification: Notification) => void>} */
  const updates = new WeakMap();
  const list = createKeyedList(byId('toasts'), {
    key: (/** @type {Notification} */ { id }) => String(id),
    create: make,
    update: (row, notification) => updates.get(row)?.(notification),
  });
  let isOn = recall('notifications') !== 'off';
  let unsaid = 0;
  let saidAt = -Infinity;

  /** @param {Notification} notification */
  function make(notification) {
    const title = element('span', { class: 'toast-title' });
    const product = foreignText('', 'toast-product');
    const price = element('span', { class: 'toast-price' });
    const toast = element('button', { type: 'button', class: 'toast' }, icon('succeeded'), title, product, price);
    let shown = notification;
    toast.addEventListener('click', () => shown.order && openOrder(shown.order.messageId));
    const row = element('li', {}, toast);
    const update = (/** @type {Notification} */ next) => {
      shown = next;
      setText(title, next.count === 1 ? text('notify.order') : count('notify.orders', next.count));
      setText(product, next.order?.product ?? '');
      setText(price, next.count === 1 && next.order?.price ? formats.money(next.order.price) : '');
    };
    updates.set(row, update);
    update(notification);
    return row;
  }

  const draw = loop.drawing(() => {
    list.render(isOn ? groups.at(performance.now()) : []);
    if (!isOn || unsaid === 0 || performance.now() - saidAt < SAID_EVERY) return;
    announce(count('notify.orders', unsaid));
    unsaid = 0;
    saidAt = performance.now();
  }, 250);
  everySecond(draw);

  const showSwitch = () => {
    button.setAttribute('aria-pressed', String(isOn));
    button.querySelector('use')?.setAttribute('href', iconAddress(isOn ? 'bell' : 'bell-off'));
  };
  button.addEventListener('click', () => {
    isOn = !isOn;
    remember('notifications', isOn ? 'on' : 'off');
    groups.clear();
    unsaid = 0;
    showSwitch();
    draw();
  });
  showSwitch();

  return {
    /** @param {NonNullable<Delta['attempts']>} part */
    onAttempts({ list: events, outcomes }) {
      if (!isOn || outcomes.succeeded === 0 || document.hidden) return;
      const orders = events
        .filter(({ outcome }) => outcome === 'succeeded')
        .map(({ message_id: messageId, product, price }) => ({ messageId, product, price }));
      groups.add(orders, outcomes.succeeded, performance.now());
      unsaid += outcomes.succeeded;
      draw();
    },
  };
}
