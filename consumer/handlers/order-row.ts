import type { OrderRow } from '../../db/endput/settlement.ts';
import type { OrderMessage } from '../../rabbitmq/order-message.ts';
import { brokenRule } from '../../rabbitmq/order-rules.ts';
import { InvalidMessageError } from '../failure.ts';

/**
 * The row of an order as it came, for a handler to return, or to change first. Throws an `InvalidMessageError` that names
 * the first rule the order breaks.
 */
export function orderRow({ order, origin }: OrderMessage): OrderRow {
  const broken = brokenRule(order);
  if (broken !== undefined) throw new InvalidMessageError(`invalid order: ${broken}`);
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
