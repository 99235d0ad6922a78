import { fetchOrders } from '../api.js';
import { byId, element, icon, setText } from '../view/element.js';
import { createKeyedList } from '../view/keyed-list.js';
import { whyItFailed } from '../view/request.js';
import { createSearch } from '../view/search.js';
import { createOrderRows } from './order-row.js';
import { isMessageId, orderQuery } from './order-query.js';

/** @import { OrderPage, StoredOrder } from '../api.js' */
/** @import { PageContext } from '../view/page-context.js' */
/** @import { ShownProduct } from '../products/product-card.js' */

/** Characters of a name that stand in the box. */
const NAME = 256;
const PAGE = '30';

/**
 * The search of orders: what it finds stands in the place of the live list. A dead letter is in no list of stored orders;
 * its message id opens its timeline.
 * @param {PageContext} page
 */
export function startOrderSearch(page) {
  const {
    text: { text, count },
    openOrder,
  } = page;
  const results = byId('order-results');
  const live = [byId('order-stream'), byId('orders-note'), byId('orders-pause')];
  const status = byId('orders-state');
  const more = byId('orders-more');
  const rows = createOrderRows(page);
  const list = createKeyedList(byId('order-found'), {
    key: (/** @type {StoredOrder} */ order) => order.message_id,
    create: rows.ofStored,
  });
  /** What is shown, and what was asked for it. @type {{ query: Record<string, string>, orders: StoredOrder[], next: string | null }} */
  let found = { query: {}, orders: [], next: null };
  const byMessageId = element('button', { type: 'button', class: 'button' }, icon('search'), text('orders.open-id'));
  let messageId = '';
  byMessageId.addEventListener('click', () => openOrder(messageId));

  /** @param {boolean} isShown */
  function showResults(isShown) {
    results.hidden = !isShown;
    for (const part of live) part.hidden = isShown;
  }

  /** @param {OrderPage} page @param {string} words */
  function said(page, words) {
    if (found.orders.length === 0) return text('orders.none', { search: words });
    if (!page.complete) return page.left_out.map((what) => text(`orders.incomplete.${what}`)).join(' ');
    if (page.next !== null) return text('orders.found.more', { n: found.orders.length });
    return count('orders.found', found.orders.length);
  }

  const search = createSearch(page, {
    input: byId('order-search'),
    status,
    find: async (words, signal, /** @type {Record<string, string> | undefined} */ meant) => {
      showResults(true);
      byMessageId.remove();
      messageId = words;
      if (isMessageId(words) && meant === undefined) status.after(byMessageId);
      const query = meant ?? orderQuery(words);
      return { query, answer: await fetchOrders({ ...query, limit: PAGE }, signal) };
    },
    show: ({ query, answer }, words) => {
      found = { query, orders: answer.orders, next: answer.next };
      list.render(found.orders);
      more.hidden = found.next === null;
      return said(answer, words);
    },
    end: () => {
      showResults(false);
      list.render([]);
    },
  });

  more.addEventListener('click', () => void showMore());
  async function showMore() {
    const { query, next } = found;
    if (next === null) return;
    try {
      const answer = await fetchOrders({ ...query, limit: PAGE, after: next }, AbortSignal.timeout(30_000));
      if (found.next !== next) return;
      found = { query, orders: [...found.orders, ...answer.orders], next: answer.next };
      list.render(found.orders);
      more.hidden = found.next === null;
      setText(status, said(answer, ''));
    } catch (error) {
      setText(status, text('search.failed', { why: whyItFailed(error, page.text) }));
    }
  }
  return {
    /** By its key: words of its name may be those of other products, or look like something else. @param {ShownProduct} product */
    showOrdersOf: ({ key, product }) => search.searchFor(product.slice(0, NAME), { product: key }),
  };
}
