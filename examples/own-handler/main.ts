import { runConsumerProcess } from '../../consumer/consumer-process.ts';
import type { Handler } from '../../consumer/handlers/handler.ts';
import { handleOrder } from '../../consumer/handlers/order.ts';
import { ORDER_TYPE } from '../../rabbitmq/order-message.ts';
import { shopOrders } from './shop-orders.ts';

// A consumer with a handler of its own: node --import tsx examples/own-handler/main.ts
// #region main
// Read at start: a URL that is none ends the process now, instead of failing every order later.
const shop = shopOrders(new URL(process.env.SECURITY_CHECK_URL ?? 'http://127.0.0.1:8090/checks'));

/** Orders of the shop are checked, those of all other systems are handled as before. */
const handler: Handler = (message, context) =>
  message.origin.system === 'shop' ? shop(message, context) : handleOrder(message, context);

await runConsumerProcess(process.env, new Map([[ORDER_TYPE, handler]]));
// #endregion
