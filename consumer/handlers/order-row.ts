import type { OrderRow } from '../../db/endput/settlement.ts';
import { MAX_PRODUCT_LENGTH, type Order, type OrderMessage } from '../../rabbitmq/order-message.ts';
import { InvalidMessageError } from '../failure.ts';

/**
 * The row of an order as it came, for a handler to return, or to change first. Throws an `InvalidMessageError` that names
 * the first rule the order breaks.
 */
export function orderRow({ order, origin }: OrderMessage): OrderRow {
  checkOrder(order);
  return {
    system: origin.system,
    databaseResource: origin.database_resource,
    schemaResource: origin.schema_resource,
    tableResource: origin.table_resource,
    sourceId: order.id,
    product: order.product,
    price: order.price,
    securityCheck: order.security_check,
    createdAt: order.created_at,
  };
}

const POSITIVE_PRICE = /^(?=.*[1-9])\d{1,100}(\.\d{1,2})?$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

function checkOrder(order: Order): void {
  if (!Number.isSafeInteger(order.id)) refuse(`id ${order.id} is too large to be exact`);
  if (order.product.trim() === '') refuse('product is empty');
  // Code points, not UTF-16 units: that is what the source's own limit counts.
  if (order.product.length > MAX_PRODUCT_LENGTH && Array.from(order.product).length > MAX_PRODUCT_LENGTH) {
    refuse(`product is longer than ${MAX_PRODUCT_LENGTH} characters`);
  }
  if (!order.product.isWellFormed()) refuse('product is no well-formed Unicode text');
  if (!POSITIVE_PRICE.test(order.price)) {
    refuse(`price ${quoted(order.price)} is not a positive number with at most 2 decimals`);
  }
  if (!TIMESTAMP.test(order.created_at) || Number.isNaN(Date.parse(order.created_at))) {
    refuse(`created_at ${quoted(order.created_at)} is no ISO 8601 time`);
  }
}

/** The beginning of a text as JSON: whatever is in it, it ends where its quote does, which is how causes leave it out. */
const quoted = (text: string): string => JSON.stringify(text.slice(0, 50));

function refuse(reason: string): never {
  throw new InvalidMessageError(`invalid order: ${reason}`);
}
