import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { connect } from 'amqplib';
import { v5 as uuidv5 } from 'uuid';

// Publishes orders of a system that has no source API: one JSON object a line on the standard input,
//   {"id": 1, "product": "Tea", "price": "2.55", "created_at": "2026-01-16T17:51:41Z"}
// It uses nothing of this project but the message, as docs/message.md describes it, and so can be in any language.

// #region publisher
/** Ours, made once (uuidgen). The same order gets the same id, so publishing it again changes nothing. */
const NAMESPACE = '5d3f1c1e-0f43-4a0e-9d5e-7f2b8a6c4e10';

const connection = await connect(process.env.RABBITMQ_URL ?? 'amqp://guest:guest@127.0.0.1:5672');
const channel = await connection.createConfirmChannel();
let returned = 0;
channel.on('return', () => (returned += 1)); // no queue took it

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as { id: number; product: string; price: string; created_at: string };
  const message_id = uuidv5(`shop:orders:${order.id}:${order.created_at}`, NAMESPACE);
  const message = {
    schema_version: 1,
    message_id,
    processing: { processing_times: 1 },
    origin: { system: 'shop', database_resource: 'shop', schema_resource: 'public', table_resource: 'orders' },
    order: { ...order, security_check: true },
  };
  const hasRoom = channel.publish('orders', 'order', Buffer.from(JSON.stringify(message)), {
    persistent: true,
    mandatory: true, // what no queue takes comes back, instead of being dropped
    contentType: 'application/json',
    type: 'order',
    messageId: message_id,
    appId: 'shop',
  });
  if (!hasRoom) await once(channel, 'drain');
}
await channel.waitForConfirms(); // the broker has them all, on disk; only now may they be forgotten here
await connection.close();
if (returned > 0) throw new Error(`${returned} orders found no queue: start a consumer, it makes the queues`);
// #endregion
