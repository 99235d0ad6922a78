import type { OrderRow } from '../../db/endput/settlement.ts';
import type { OrderMessage } from '../../rabbitmq/order-message.ts';
import { TransientError } from '../failure.ts';
import type { AttemptContext } from './handler.ts';
import { orderRow } from './order-row.ts';

/**
 * The handler of orders, and the only part of the consumer that obeys the simulated failures of the demonstration. A real
 * system puts its own in its place, as `examples/own-handler` does.
 */
export function handleOrder(message: OrderMessage, { attempt }: AttemptContext): OrderRow {
  const row = orderRow(message);
  const { processing_times: succeedsAt } = message.processing;
  if (attempt < succeedsAt) throw new TransientError(`simulated failure: succeeds at attempt ${succeedsAt}`);
  return row;
}
