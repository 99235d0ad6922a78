import { Compile } from 'typebox/compile';
import { OrderRow } from '../db/endput/settlement.ts';
import type { OrderMessage } from '../rabbitmq/order-message.ts';
import { follow } from '../runtime/abort.ts';
import type { Decoded } from './decode.ts';
import { failureOf, TransientError, type Outcome } from './failure.ts';
import type { Handlers } from './handlers/handler.ts';

/** One attempt that has ended. */
export interface Attempt {
  decoded: Decoded;
  outcome: Outcome<OrderRow>;
  endedAt: Date;
  /** Missing where nothing was run. */
  durationMs?: number;
}

/** A delivery whose message can be read. */
export type Readable = Decoded & { content: { kind: 'message'; message: OrderMessage } };

/**
 * Runs the handlers of all deliveries at once and resolves when each has ended, or has passed `timeout` ms (a transient
 * failure). What `cutOff` interrupts is no failed attempt: it is missing from the result. Never rejects.
 */
export async function runHandlers(
  deliveries: readonly Readable[],
  handlers: Handlers,
  { timeout, cutOff }: { timeout: number; cutOff: AbortSignal },
): Promise<Attempt[]> {
  if (deliveries.length === 0 || cutOff.aborted) return [];
  // All start together, so one clock serves them all.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeout);
  const { signal, release } = follow(deadline.signal, cutOff);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new TransientError(`no result after ${timeout} ms`)), { once: true });
  });
  aborted.catch(() => undefined);

  const runOne = async (decoded: Readable): Promise<Attempt | undefined> => {
    const startedAt = performance.now();
    let outcome: Outcome<OrderRow>;
    try {
      const handler = handlers.get(decoded.type);
      if (!handler) throw new TypeError(`no handler for type ${decoded.type}`);
      const working = handler(decoded.content.message, { attempt: decoded.position.attempt, signal });
      const result = working instanceof Promise ? await Promise.race([working, aborted]) : working;
      outcome = { kind: 'succeeded', result: checked(result) };
    } catch (error) {
      if (cutOff.aborted) return undefined;
      outcome = { kind: 'failed', failure: failureOf(error) };
    }
    return { decoded, outcome, endedAt: new Date(), durationMs: performance.now() - startedAt };
  };

  try {
    const attempts = await Promise.all(deliveries.map(runOne));
    return attempts.filter((attempt) => attempt !== undefined);
  } finally {
    clearTimeout(timer);
    release();
  }
}

const row = Compile(OrderRow);

/** A handler without types may return anything; what is no row would stop its whole batch, or be lost. */
function checked(result: OrderRow): OrderRow {
  if (row.Check(result)) return result;
  const fault = row.Errors(result)[0];
  throw new TypeError(`the handler returned no row: ${fault?.instancePath.slice(1) || 'it'} ${fault?.message ?? ''}`);
}
