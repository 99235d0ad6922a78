/**
 * A consumer whose handler takes a while, as one that asks another service does: node slow-consumer.ts <milliseconds>.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { runConsumerProcess } from '../../consumer/consumer-process.ts';
import { handleOrder } from '../../consumer/handlers/order.ts';
import { ORDER_TYPE } from '../../rabbitmq/order-message.ts';

const milliseconds = Number(process.argv[2]);

await runConsumerProcess(
  process.env,
  new Map([
    [
      ORDER_TYPE,
      async (message, context) => {
        await sleep(milliseconds);
        return handleOrder(message, context);
      },
    ],
  ]),
);
