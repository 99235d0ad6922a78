/**
 * The storefront's API, as the page uses it.
 * @typedef {import('../order-answers.ts').OrderPage} OrderPage
 * @typedef {import('../order-answers.ts').OrderDetails} OrderDetails
 * @typedef {import('../order-answers.ts').TimelineAttempt} TimelineAttempt
 * @typedef {import('../order-answers.ts').ProductPage} ProductPage
 * @typedef {import('../order-answers.ts').StoredOrder} StoredOrder
 */

/** An answer that is none: `status` of it, or undefined where nothing answered; `said` is its message, if it has one. */
export class RequestFailed extends Error {
  /**
   * @param {number | undefined} status
   * @param {string | undefined} said
   */
  constructor(status, said) {
    super(said ?? `status ${status ?? 'none'}`);
    this.name = 'RequestFailed';
    this.status = status;
    this.said = said;
  }
}

/**
 * Asks for JSON. Throws `RequestFailed`, or an AbortError where `signal` says so.
 * @param {string} path
 * @param {Record<string, string | undefined>} query
 * @param {AbortSignal} signal
 * @returns {Promise<unknown>}
 */
async function ask(path, query, signal) {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const parameters = new URLSearchParams(given);
  let answer;
  try {
    answer = await fetch(`${path}${parameters.size > 0 ? `?${parameters}` : ''}`, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestFailed(undefined, undefined);
  }
  const body = /** @type {unknown} */ (await answer.json().catch(() => undefined));
  if (answer.ok) return body;
  const said = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : undefined;
  throw new RequestFailed(answer.status, said);
}

/** @param {string} messageId @param {AbortSignal} signal */
export const fetchOrder = async (messageId, signal) =>
  /** @type {OrderDetails} */ (await ask(`/v0/orders/${encodeURIComponent(messageId)}`, {}, signal));

/** @param {Record<string, string | undefined>} query @param {AbortSignal} signal */
export const fetchOrders = async (query, signal) => /** @type {OrderPage} */ (await ask('/v0/orders', query, signal));

/** @param {Record<string, string | undefined>} query @param {AbortSignal} signal */
export const fetchProducts = async (query, signal) =>
  /** @type {ProductPage} */ (await ask('/v0/products', query, signal));

/**
 * Why a request failed, for a reader.
 * @param {unknown} error
 * @param {import('./text/language.js').Text} text
 */
export function whyItFailed(error, { text }) {
  if (!(error instanceof RequestFailed) || error.status === undefined) return text('error.network');
  return error.said ?? text('error.status', { status: error.status });
}
