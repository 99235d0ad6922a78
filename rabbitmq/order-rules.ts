import { MAX_PRODUCT_LENGTH, type Order } from './order-message.ts';

const POSITIVE_PRICE = /^(?=.*[1-9])\d{1,100}(\.\d{1,2})?$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** The first rule that an order breaks, in words for a person; undefined where it breaks none. */
export function brokenRule(order: Order): string | undefined {
  if (!Number.isSafeInteger(order.id)) return `id ${order.id} is too large to be exact`;
  if (order.product.trim() === '') return 'product is empty';
  // Code points, not UTF-16 units: that is what the source's own limit counts.
  if (order.product.length > MAX_PRODUCT_LENGTH && Array.from(order.product).length > MAX_PRODUCT_LENGTH) {
    return `product is longer than ${MAX_PRODUCT_LENGTH} characters`;
  }
  if (!order.product.isWellFormed()) return 'product is no well-formed Unicode text';
  if (!POSITIVE_PRICE.test(order.price)) {
    return `price ${quoted(order.price)} is not a positive number with at most 2 decimals`;
  }
  if (!TIMESTAMP.test(order.created_at) || Number.isNaN(Date.parse(order.created_at))) {
    return `created_at ${quoted(order.created_at)} is no ISO 8601 time`;
  }
  return undefined;
}

/** The beginning of a text as JSON: whatever is in it, it ends where its quote does, which is how causes leave it out. */
const quoted = (text: string): string => JSON.stringify(text.slice(0, 50));
