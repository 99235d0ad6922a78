import { ORDER_TYPE } from '../rabbitmq/order-message.ts';
import { runConsumerProcess } from './consumer-process.ts';
import { handleOrder } from './handlers/order.ts';

await runConsumerProcess(process.env, new Map([[ORDER_TYPE, handleOrder]]));
