import { setTimeout as sleep } from 'node:timers/promises';
import { runConsumerProcess } from '../../consumer/consumer-process.ts';
import type { Handler } from '../../consumer/handlers/handler.ts';
import { handleOrder } from '../../consumer/handlers/order.ts';
import { ORDER_TYPE } from '../../rabbitmq/order-message.ts';

/** A consumer whose handler does what the product asks for: `DIE`, `NEVER RETURN`, `TAKE <ms>`; else as usual. */
const treacherous: Handler = async (message, context) => {
  const { product } = message.order;
  if (product === 'DIE') process.kill(process.pid, 'SIGKILL');
  if (product === 'NEVER RETURN') return new Promise(() => undefined);
  if (product.startsWith('TAKE ')) await sleep(Number(product.slice(5)));
  return handleOrder(message, context);
};

await runConsumerProcess(process.env, new Map([[ORDER_TYPE, treacherous]]));
