import { element, foreignText, setAttribute, setText } from '../view/element.js';
import { productMark } from './product-mark.js';

/** @import { FeedProduct } from '../feed/frames.js' */
/** @import { PageContext } from '../view/page-context.js' */

/** Milliseconds that a card glows (see products.css); until then it does not begin anew. */
const GLOW = 900;

/** @typedef {Pick<FeedProduct, 'key' | 'product' | 'last_price' | 'orders' | 'revenue'>} ShownProduct */

/**
 * Makes the cards of products and keeps them up to date.
 * @param {PageContext} page
 * @param {(product: ShownProduct) => void} showOrders
 */
export function createCards({ text: { text, count }, formats }, showOrders) {
  /** @type {WeakMap<HTMLElement, { price: HTMLElement, orders: HTMLElement, revenue: HTMLElement, sold: number, glowsUntil: number }>} */
  const parts = new WeakMap();

  /** @param {HTMLElement} card @param {ShownProduct} product */
  function update(card, product) {
    const part = parts.get(card);
    if (!part) return;
    setText(part.price, formats.money(product.last_price));
    setText(part.orders, count('products.orders', product.orders));
    setText(part.revenue, formats.shortMoney(product.revenue));
    setAttribute(part.revenue, 'title', formats.money(product.revenue));
    if (product.orders !== part.sold && performance.now() > part.glowsUntil) {
      part.glowsUntil = performance.now() + GLOW;
      glow(card);
    }
    part.sold = product.orders;
  }

  return {
    update,
    /** @param {ShownProduct} product */
    create(product) {
      const price = element('span', { class: 'card-price' });
      const orders = element('span', { class: 'card-label' });
      const revenue = element('span', { class: 'card-revenue' });
      const name = element(
        'button',
        { type: 'button', class: 'card-name', title: text('products.its-orders', { product: product.product }) },
        foreignText(product.product),
      );
      name.addEventListener('click', () => showOrders(product));
      const card = element(
        'li',
        { class: 'card' },
        element('h3', {}, productMark(product.key), name),
        element(
          'p',
          { class: 'card-fact' },
          price,
          ' ',
          element('span', { class: 'card-label' }, text('products.price')),
        ),
        element(
          'p',
          { class: 'card-fact is-end' },
          element('span', { class: 'unseen' }, text('products.revenue'), ' '),
          revenue,
          ' ',
          orders,
        ),
      );
      parts.set(card, { price, orders, revenue, sold: product.orders, glowsUntil: 0 });
      update(card, product);
      return card;
    },
  };
}

/**
 * Shows for a moment that a card has changed.
 * @param {HTMLElement} card
 */
function glow(card) {
  card.classList.remove('is-changed');
  // The next frame sees the class come anew, which begins its animation.
  requestAnimationFrame(() => card.classList.add('is-changed'));
}
