import { byId, setText } from '../view/element.js';
import { createKeyedList } from '../view/keyed-list.js';
import { createSearch } from '../view/search.js';
import { fetchProducts } from '../api.js';
import { createCards } from './product-card.js';
import { slideToPlaces } from './slide.js';

/** @import { PageContext } from '../view/page-context.js' */
/** @import { ShownProduct } from './product-card.js' */

/** Cards before "show all". */
const FEW = 20;
const FEW_ON_A_PHONE = 6;
/** Milliseconds between two times at which cards change places. */
const REORDER_PAUSE = 1_500;

/**
 * The cards of products: the best sold ones, live; or those that a search found. Returns what draws them anew.
 * @param {PageContext} page
 * @param {(product: ShownProduct) => void} showOrders
 */
export function startProducts(page, showOrders) {
  const {
    text: { text, count },
    formats,
    state,
    loop,
  } = page;
  const section = byId('products');
  const parent = byId('product-cards');
  const note = byId('products-note');
  const more = byId('products-more');
  const cards = createCards(page, showOrders);
  const list = createKeyedList(parent, { key: (/** @type {ShownProduct} */ { key }) => key, ...cards });
  const phone = matchMedia('(max-width: 640px)');
  let showsAll = false;
  /** @type {string[]} */
  let order = [];
  let orderedAt = -Infinity;

  /** The keys in the order in which they are shown: places change now and then, so that a card can be read and hit. */
  function keysInOrder() {
    const { keys } = state.products;
    const isHeld = parent.contains(document.activeElement) || parent.matches(':hover');
    const isOther = order.length !== keys.length || keys.some((key) => !order.includes(key));
    if (!isOther && (isHeld || performance.now() - orderedAt < REORDER_PAUSE)) return order;
    order = keys;
    orderedAt = performance.now();
    return order;
  }

  function draw() {
    if (!state.known || search.isActive()) return;
    section.setAttribute('aria-busy', String(state.totals === null));
    const few = phone.matches ? FEW_ON_A_PHONE : FEW;
    const keys = keysInOrder().slice(0, showsAll ? undefined : few);
    const products = keys.flatMap((key) => state.products.byKey.get(key) ?? []);
    if (products.length > 0 || state.totals) slideToPlaces(list.rows(), keys, () => list.render(products));
    setText(note, state.products.count > 0 ? count('products.count', state.products.count) : '');
    const inAll = state.products.keys.length;
    more.hidden = inAll <= few;
    setText(more, showsAll ? text('products.fewer') : text('products.show', { n: formats.number(inAll) }));
    if (state.products.keys !== order) ask();
  }
  const ask = loop.drawing(draw, 250);

  const search = createSearch(page, {
    input: byId('product-search'),
    status: byId('products-state'),
    find: (words, signal) => fetchProducts({ search: words, limit: '48' }, signal),
    show: (found, words) => {
      list.render(found.products);
      more.hidden = true;
      setText(note, '');
      if (found.products.length === 0) return text('products.none', { search: words });
      return found.complete ? count('products.found', found.products.length) : text('products.incomplete');
    },
    end: draw,
  });

  more.addEventListener('click', () => {
    showsAll = !showsAll;
    draw();
  });
  phone.addEventListener('change', draw);
  return ask;
}
