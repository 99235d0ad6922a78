const MESSAGE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * What is asked of `GET /v0/orders` for what somebody wrote: `system_1#149` is an order of a source, anything else a
 * message id or words of a product.
 * @param {string} words
 * @returns {Record<string, string>}
 */
export function orderQuery(words) {
  const ofSource = /^([^\s#]{1,63})#(-?\d{1,15})$/.exec(words);
  return ofSource ? { source: ofSource[1] ?? '', source_id: ofSource[2] ?? '' } : { search: words };
}

/** @param {string} words */
export const isMessageId = (words) => MESSAGE_ID.test(words);
