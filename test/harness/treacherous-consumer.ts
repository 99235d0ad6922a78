import { setTimeout as sleep } from 'node:timers/promises';
import { runConsumerProcess } from '../../consumer/consumer-process.ts';
import type { OrderRow } from '../../db/endput/settlement.ts';
import type { Handler } from '../../consumer/handlers/handler.ts';
import { handleOrder } from '../../consumer/handlers/order.ts';
import { ORDER_TYPE } from '../../rabbitmq/order-message.ts';

/** A consumer whose handler does what the product asks for: `DIE`, `DIE LATER` (from the second attempt on), `THROW LATER`, `RETURN NOTHING`, `NEVER RETURN`, `TAKE <ms>`; else as usual. */
const treacherous: Handler = async (message, context) => {
  const { product } = message.order;
  if (product === 'DIE' || (product === 'DIE LATER' && context.attempt > 1)) process.kill(process.pid, 'SIGKILL');
  if (product === 'THROW LATER') {
    setTimeout(() => {
      throw new Error('nobody catches this');
    });
  }
  if (product === 'RETURN NOTHING') return undefined as unknown as OrderRow;
  if (product === 'NEVER RETURN' || product === 'THROW LATER') return new Promise(() => undefined);
  if (product.startsWith('TAKE ')) await sleep(Number(product.slice(5)));
  return handleOrder(message, context);
};

await runConsumerProcess(process.env, new Map([[ORDER_TYPE, treacherous]]));
