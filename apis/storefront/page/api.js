import { ask } from './view/request.js';

/**
 * The storefront's API, as the page uses it.
 * @typedef {import('../order-answers.ts').OrderPage} OrderPage
 * @typedef {import('../order-answers.ts').OrderDetails} OrderDetails
 * @typedef {import('../order-answers.ts').TimelineAttempt} TimelineAttempt
 * @typedef {import('../order-answers.ts').ProductPage} ProductPage
 * @typedef {import('../order-answers.ts').StoredOrder} StoredOrder
 */

/** @param {string} messageId @param {AbortSignal} signal */
export const fetchOrder = async (messageId, signal) =>
  /** @type {OrderDetails} */ (await ask(`/v0/orders/${encodeURIComponent(messageId)}`, {}, signal));

/** @param {Record<string, string | undefined>} query @param {AbortSignal} signal */
export const fetchOrders = async (query, signal) => /** @type {OrderPage} */ (await ask('/v0/orders', query, signal));

/** @param {Record<string, string | undefined>} query @param {AbortSignal} signal */
export const fetchProducts = async (query, signal) =>
  /** @type {ProductPage} */ (await ask('/v0/products', query, signal));
