import { InvalidMessageError } from '../../consumer/failure.ts';
import type { Handler } from '../../consumer/handlers/handler.ts';
import { orderRow } from '../../consumer/handlers/order-row.ts';

/** Answers that speak of this order. Any other, such as 401, 404 or 429, speaks of us, and may be another one later. */
const REFUSALS = [400, 422];

/** The handler of the shop's orders: a service checks each of them, and endput stores what it found. */
// #region handler
export function shopOrders(service: URL): Handler {
  return async (message, { signal }) => {
    const row = orderRow(message); // throws an InvalidMessageError for what no order can be
    const answer = await fetch(service, {
      method: 'POST',
      // The same attempt may run twice if its process dies, so the service must be able to tell.
      headers: { 'content-type': 'application/json', 'idempotency-key': message.message_id },
      body: JSON.stringify({ product: row.product, price: row.price }),
      signal, // aborted at HANDLER_TIMEOUT and when the process stops
    });
    // No attempt can help: a dead letter at once, with this reason.
    if (REFUSALS.includes(answer.status)) {
      throw new InvalidMessageError(`the security check refuses it: ${await answer.text()}`);
    }
    // Any other error is one failed attempt: the next one follows after its delay.
    if (!answer.ok) throw new Error(`the security check answered with ${answer.status}`);
    const { passed } = (await answer.json()) as { passed: boolean };
    return { ...row, securityCheck: passed };
  };
}
// #endregion
