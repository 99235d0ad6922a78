import type { PublishableOrder } from '../../db/source/publishable-orders.ts';
import type { SourceIdentity } from '../../db/source/source-identity.ts';
import { writeHeaders } from '../../rabbitmq/headers.ts';
import { ORDER_TYPE, orderMessageId, traceparentOf, type OrderMessage } from '../../rabbitmq/order-message.ts';
import type { Publication } from '../../rabbitmq/publisher.ts';
import { ORDER_ROUTING_KEY, ORDERS_EXCHANGE } from '../../rabbitmq/topology.ts';
import { processingTimes } from './simulated-failures.ts';

/** How the rows of one source become messages. */
export interface OrderStamp {
  system: string;
  identity: SourceIdentity;
  simulation: { enabled: boolean; maxAttempts: number };
}

/** The id of a row's message. */
export const messageIdOf = (
  row: Pick<PublishableOrder, 'id' | 'created_at'>,
  { system, identity }: Pick<OrderStamp, 'system' | 'identity'>,
): string =>
  orderMessageId(identity.namespace, {
    system,
    table: identity.table_resource,
    id: row.id,
    createdAt: row.created_at,
  });

/** The first attempt of a row. The same row always becomes the same message, its id and body to the byte. */
export function toPublication(row: PublishableOrder, stamp: OrderStamp): Publication {
  const { system, identity } = stamp;
  const messageId = messageIdOf(row, stamp);
  const message: OrderMessage = {
    schema_version: 1,
    message_id: messageId,
    processing: {
      processing_times: processingTimes({ messageId, securityCheck: row.security_check }, stamp.simulation),
    },
    origin: {
      system,
      database_resource: identity.database_resource,
      schema_resource: identity.schema_resource,
      table_resource: identity.table_resource,
    },
    order: {
      id: row.id,
      product: row.product,
      price: row.price,
      created_at: row.created_at,
      security_check: row.security_check,
    },
  };
  return {
    exchange: ORDERS_EXCHANGE,
    routingKey: ORDER_ROUTING_KEY,
    mandatory: true,
    messageId,
    type: ORDER_TYPE,
    appId: system,
    headers: writeHeaders({ attempt: 1, cycle: 0, traceparent: traceparentOf(messageId) }),
    body: Buffer.from(JSON.stringify(message)),
  };
}
