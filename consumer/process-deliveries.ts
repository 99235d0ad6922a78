import type { Inbox } from '../rabbitmq/inbox.ts';
import { decode, type Decoded } from './decode.ts';
import { finishBatch, processSuspect, settleBatch, type BatchContext, type SettledBatch } from './process-batch.ts';
import type { Ramp } from './ramp.ts';

/** Bodies of a batch together; only messages published by hand come near it. */
const MAX_BATCH_BYTES = 32 * 1024 * 1024;

/**
 * Takes batch after batch all the way, until the inbox is closed. A batch begins once endput has settled the one before,
 * whose consequences are published and whose deliveries are acknowledged meanwhile, as if two consumers took turns. So never
 * more than one is unfinished, and they are finished in their order. Rejects as `settleBatch` and `finishBatch` do, and
 * with what ends the inbox.
 */
export async function processDeliveries(
  inbox: Inbox,
  context: BatchContext,
  {
    batchWait,
    ramp,
    onSettled,
  }: {
    /** Milliseconds that an incomplete batch waits for more. */
    batchWait: number;
    ramp: Ramp;
    /** Told after each batch that was taken all the way. */
    onSettled: () => void;
  },
): Promise<void> {
  const { guard, hold, cutOff, metrics } = context;

  async function finish(batch: SettledBatch, suspects: ReadonlySet<Decoded>, endTimer: () => void): Promise<void> {
    await finishBatch(batch, context);
    for (const suspect of suspects) {
      if (cutOff.aborted) return;
      await processSuspect(suspect, context);
    }
    endTimer();
    onSettled();
    ramp.settled();
  }

  let finishing = Promise.resolve();
  for (;;) {
    const deliveries = await inbox.next(ramp.limit(), batchWait);
    if (deliveries.length === 0) return finishing;
    const endTimer = metrics.batchDuration.startTimer();
    const { batch, later } = divide(deliveries.map(decode));
    inbox.putBack(later.map((decoded) => decoded.delivery));
    const suspects = await guard.suspectsAmong(batch, hold);
    const others = suspects.size === 0 ? batch : batch.filter((one) => !suspects.has(one));
    const settled = await settleBatch(others, context);
    await finishing;
    finishing = finish(settled, suspects, endTimer);
    // Otherwise nobody would hear of it for as long as nothing is delivered.
    finishing.catch((error: unknown) => inbox.fail(error instanceof Error ? error : new Error(String(error))));
    // A suspect may take the process with it: nothing else is in hand then.
    if (suspects.size > 0) await finishing;
  }
}

/**
 * What is processed together: the first delivery of each message, and not more bytes than a statement can hold. The
 * others' turn comes next.
 */
function divide(decoded: Decoded[]): { batch: Decoded[]; later: Decoded[] } {
  const seen = new Set<string>();
  const batch: Decoded[] = [];
  const later: Decoded[] = [];
  let bytes = 0;
  for (const one of decoded) {
    bytes += one.delivery.content.length;
    const fits = batch.length === 0 || bytes <= MAX_BATCH_BYTES;
    (fits && !seen.has(one.messageId) ? batch : later).push(one);
    seen.add(one.messageId);
  }
  return { batch, later };
}
