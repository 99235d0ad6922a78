import type { OrderRow } from '../../db/endput/settlement.ts';
import type { OrderMessage } from '../../rabbitmq/order-message.ts';

/** What a handler may know of the attempt that it runs. */
export interface AttemptContext {
  /** 1-based. */
  attempt: number;
  /** Aborted at the deadline, and when the process stops: give up then, the result is no longer used. */
  signal: AbortSignal;
}

/**
 * Processes one message and resolves with the row to store in endput. It may run more than once for the same attempt
 * (a process can die before the attempt is settled), so what it does elsewhere must bear repetition. Throws an
 * `InvalidMessageError` when no attempt can ever succeed; any other error is one failed attempt.
 */
export type Handler = (message: OrderMessage, context: AttemptContext) => Promise<OrderRow> | OrderRow;

/** Handlers by AMQP property `type`. */
export type Handlers = ReadonlyMap<string, Handler>;
