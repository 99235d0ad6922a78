import type { ConsumeMessage } from 'amqplib';
import type { OrderMessage } from '../../rabbitmq/order-message.ts';

/** A delivery of an order as the consumer gets it, with the headers of its attempt and how often the broker brought it before. */
export function orderDelivery(
  messageId: string,
  { attempt = 1, cycle = 0, earlier = 0 }: { attempt?: number; cycle?: number; earlier?: number } = {},
): ConsumeMessage {
  const message: OrderMessage = {
    schema_version: 1,
    message_id: messageId,
    processing: { processing_times: 1 },
    origin: { system: 'system_1', database_resource: 'db', schema_resource: 'public', table_resource: 'orders' },
    order: {
      id: 1,
      product: 'a thing',
      price: '2.50',
      created_at: '2026-01-01T00:00:00.000000Z',
      security_check: true,
    },
  };
  return {
    content: Buffer.from(JSON.stringify(message)),
    fields: { redelivered: earlier > 0 },
    properties: { messageId, headers: { attempt, cycle, 'x-delivery-count': earlier } },
  } as unknown as ConsumeMessage;
}
