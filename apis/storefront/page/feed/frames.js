/**
 * The frames as the server describes them: the page is checked against the very schema of the feed.
 * @typedef {import('../../feed-messages.ts').Snapshot} Snapshot
 * @typedef {import('../../feed-messages.ts').Delta} Delta
 * @typedef {import('../../feed-messages.ts').Resumed} Resumed
 * @typedef {import('../../feed-messages.ts').ServerFrame} ServerFrame
 * @typedef {import('../../feed-messages.ts').Connections} Connections
 * @typedef {import('../../feed-messages.ts').Rates} Rates
 * @typedef {import('../../feed-messages.ts').Bucket} Bucket
 * @typedef {import('../../feed-messages.ts').Queues} Queues
 * @typedef {import('../../feed-messages.ts').ProductList['changed'][number]} FeedProduct
 * @typedef {import('../../shown.ts').Totals} Totals
 * @typedef {import('../../shown.ts').AttemptEvent} AttemptEvent
 * @typedef {import('../../shown.ts').OutcomeCounts} OutcomeCounts
 * @typedef {AttemptEvent['outcome']} Outcome
 */

/** In the order in which they are listed and stacked. */
export const OUTCOMES = /** @type {const} */ (['succeeded', 'retrying', 'dead']);

/**
 * The frame that a text is. Throws where it is none; that is a fault of the server, and the connection is begun anew.
 * @param {string} text
 * @returns {ServerFrame}
 */
export function readFrame(text) {
  const frame = /** @type {unknown} */ (JSON.parse(text));
  if (typeof frame !== 'object' || frame === null || !('type' in frame) || !('copy_id' in frame) || !('seq' in frame))
    throw new Error('not a frame of the feed');
  if (frame.type !== 'snapshot' && frame.type !== 'resumed' && frame.type !== 'delta')
    throw new Error('a frame of a type that is not known');
  return /** @type {ServerFrame} */ (frame);
}
