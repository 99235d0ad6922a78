import type { Inbox } from '../rabbitmq/inbox.ts';
import { follow } from '../runtime/abort.ts';
import { decode, type Decoded } from './decode.ts';
import { finishBatch, processSuspect, settleBatch, type BatchContext, type SettledBatch } from './process-batch.ts';
import type { Ramp } from './ramp.ts';

export interface DeliveryOptions {
  /** Milliseconds that an incomplete batch waits for more. */
  batchWait: number;
  ramp: Ramp;
  /** Whether the broker takes nothing at present, because of an alarm. */
  isBlocked: () => boolean;
  /** Told after each batch that was taken all the way. */
  onSettled: () => void;
}

/** Bodies of a batch together; only messages published by hand come near it. */
const MAX_BATCH_BYTES = 32 * 1024 * 1024;

/**
 * Takes batch after batch all the way, until the inbox is closed. A batch begins once endput has settled the one before,
 * whose consequences are published and whose deliveries are acknowledged meanwhile, as if two consumers took turns. So never
 * more than one is unfinished, and they are finished in their order. Rejects as `settleBatch` and `finishBatch` do, and
 * with what ends the inbox; whatever the broker still takes of the unfinished one is finished before.
 */
export async function processDeliveries(
  inbox: Inbox,
  context: BatchContext,
  { batchWait, ramp, isBlocked, onSettled }: DeliveryOptions,
): Promise<void> {
  const { guard, hold, metrics } = context;
  /** Aborted when a batch cannot be finished: its deliveries go back at once, so the next one is not run to its end. */
  const broken = new AbortController();
  const cutOff = follow(context.cutOff, broken.signal);
  const inHand: BatchContext = { ...context, cutOff: cutOff.signal };

  async function finish(batch: SettledBatch, suspects: ReadonlySet<Decoded>, endTimer: () => void): Promise<void> {
    await finishBatch(batch, inHand);
    for (const suspect of suspects) {
      if (cutOff.signal.aborted) return;
      await processSuspect(suspect, inHand);
    }
    endTimer();
    onSettled();
    ramp.settled();
  }

  let finishing = Promise.resolve();
  try {
    for (;;) {
      const deliveries = await inbox.next(ramp.limit(), batchWait);
      if (deliveries.length === 0) {
        await finishing;
        return;
      }
      // Under an alarm of the broker nothing more is begun than what is in hand.
      if (isBlocked()) await finishing;
      const endTimer = metrics.batchDuration.startTimer();
      const { batch, later } = divide(deliveries.map(decode));
      inbox.putBack(later.map((decoded) => decoded.delivery));
      const suspects = await guard.suspectsAmong(batch, hold);
      const others = suspects.size === 0 ? batch : batch.filter((one) => !suspects.has(one));
      const settled = await settleBatch(others, inHand);
      await finishing;
      finishing = finish(settled, suspects, endTimer);
      // Otherwise nobody would hear of it for as long as nothing is delivered, or as a handler runs.
      finishing.catch((error: unknown) => {
        broken.abort();
        inbox.fail(error instanceof Error ? error : new Error(String(error)));
      });
      // A suspect may take the process with it: nothing else is in hand then.
      if (suspects.size > 0) await finishing;
    }
  } finally {
    await finishing.catch(() => undefined);
    cutOff.release();
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
