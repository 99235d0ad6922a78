import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { closeQuietly } from './close-quietly.ts';
import { BrokerUnavailableError, type BrokerConnection } from './connection.ts';

/** What is to be done with a message of a queue that is walked: taken out for good, or put to the queue's end. */
export type WalkVerdict = 'remove' | 'keep';

export interface WalkOptions {
  queue: string;
  /** Judges messages; one verdict for each. */
  judge: (messages: readonly ConsumeMessage[]) => Promise<WalkVerdict[]>;
  /** The header with which a message is marked when it is put to the end, and the mark of this walk. */
  mark: { header: string; value: string };
  /** Messages at a time. */
  batch: number;
  /** Resolves when so many more may be taken on. */
  pace: (messages: number) => Promise<void>;
  stop: AbortSignal;
}

/** Milliseconds for the next message, how often in a row it may fail to come, and milliseconds for confirms. */
const PATIENCE = 5_000;
const MOST_SILENCES = 12;
const CONFIRM_TIMEOUT = 30_000;

/**
 * Walks a queue once, from its head to where its end was when the walk began, and gives no message back to it: one that
 * is kept is published to the end, with its properties as they came (but what the broker added to its headers), and
 * acknowledged once that is confirmed. A process that dies in between leaves a message twice, never not at all. What has
 * this walk's mark has been met before, which ends the walk. Needs a connection of its own, and resolves with the number of
 * messages that were judged. It consumes and publishes on that one connection: while an alarm of the broker (memory, disk)
 * blocks publishers, nothing more is brought to it either, and the walk ends with the time for its confirms. Rejects with a
 * `BrokerUnavailableError`, also where somebody else took messages before the walk came to them, who may give them back; or
 * with the error of `judge`.
 */
export async function walkQueue(connection: BrokerConnection, options: WalkOptions): Promise<number> {
  const channel = await connection.model.createConfirmChannel();
  let ended: BrokerUnavailableError | undefined;
  const waiting: ConsumeMessage[] = [];
  let wake = (): void => undefined;
  const end = (reason: string) => {
    ended ??= new BrokerUnavailableError(reason);
    wake();
  };
  channel.on('error', (error: Error) => end(`the channel of ${options.queue} ended: ${error.message}`));
  channel.on('close', () => end(`the channel of ${options.queue} ended`));
  channel.on('return', () => end(`${options.queue} is gone: what was to be kept came back`));

  const arrival = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => wake(), PATIENCE);
      wake = () => {
        clearTimeout(timer);
        wake = () => undefined;
        resolve();
      };
      if (waiting.length > 0 || ended) wake();
    });

  try {
    const { messageCount: depth } = await channel.checkQueue(options.queue);
    if (depth === 0) return 0;
    // The broker brings as many as may be unacknowledged. The last of them are only acknowledged when it brings no more,
    // so that it never brings anything from beyond the end.
    const prefetch = Math.min(options.batch, depth);
    await channel.prefetch(prefetch);
    const { consumerTag } = await channel.consume(options.queue, (message) => {
      if (message === null) {
        end(`the broker cancelled the walk of ${options.queue}`);
        return;
      }
      waiting.push(message);
      wake();
    });
    const isMarked = ({ properties }: ConsumeMessage) =>
      properties.headers?.[options.mark.header] === options.mark.value;

    let judged = 0;
    let acknowledged = 0;
    const done: ConsumeMessage[] = [];
    let isRound = false;
    let silences = 0;
    while (judged < depth && !isRound && !options.stop.aborted) {
      await arrival();
      if (ended) throw ended;
      if (waiting.length === 0) {
        const { messageCount } = await channel.checkQueue(options.queue);
        // Somebody else took the rest.
        if (messageCount === 0) break;
        silences += 1;
        if (silences === MOST_SILENCES)
          throw new BrokerUnavailableError(`${options.queue} holds ${messageCount} messages and gives none`);
        continue;
      }
      silences = 0;
      const first = waiting.findIndex(isMarked);
      isRound = first !== -1;
      const own = waiting.splice(0, isRound ? first : options.batch);
      await options.pace(own.length);
      const verdicts = await options.judge(own);
      await keep(
        channel,
        own.filter((_, index) => verdicts[index] !== 'remove'),
        options,
        () => ended,
      );
      judged += own.length;
      done.push(...own);
      const now = done.splice(0, depth - prefetch - acknowledged);
      acknowledged += now.length;
      acknowledge(channel, now);
    }
    await channel.cancel(consumerTag);
    acknowledge(channel, done);
    // What it answers, it answers after the acknowledgements.
    await channel.checkQueue(options.queue);
    if (judged < depth && !options.stop.aborted)
      throw new BrokerUnavailableError(`somebody else reads ${options.queue}: ${judged} of ${depth} messages were met`);
    return judged;
  } finally {
    await closeQuietly(channel);
  }
}

/**
 * Acknowledges messages, the next ones of their channel, in one frame: of many, those that the queue has not taken in by
 * the time the channel closes would be back in it.
 */
function acknowledge(channel: ConfirmChannel, messages: readonly ConsumeMessage[]): void {
  const last = messages.at(-1);
  if (last !== undefined) channel.ack(last, true);
}

/** Publishes messages to the end of the queue and resolves when all are confirmed. */
async function keep(
  channel: ConfirmChannel,
  messages: readonly ConsumeMessage[],
  { queue, mark }: WalkOptions,
  ended: () => Error | undefined,
): Promise<void> {
  if (messages.length === 0) return;
  for (const { content, properties } of messages) {
    const given = (properties.headers ?? {}) as Record<string, unknown>;
    // Not what the broker wrote there, nor what would send a copy elsewhere.
    const headers = Object.fromEntries(
      Object.entries(given).filter(([name]) => !name.startsWith('x-') && name !== 'CC' && name !== 'BCC'),
    );
    // The broker takes no other user's name than ours.
    const kept: Record<string, unknown> = { ...properties };
    delete kept.userId;
    channel.sendToQueue(queue, content, {
      ...kept,
      headers: { ...headers, [mark.header]: mark.value },
      persistent: true,
      mandatory: true,
    });
  }
  const timeout = new AbortController();
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new BrokerUnavailableError(`the broker did not confirm in ${CONFIRM_TIMEOUT} ms`)),
      CONFIRM_TIMEOUT,
    );
    timeout.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
  try {
    await Promise.race([channel.waitForConfirms(), late]);
  } catch (error) {
    throw error instanceof BrokerUnavailableError
      ? error
      : new BrokerUnavailableError(
          `${queue} does not take back: ${error instanceof Error ? error.message : String(error)}`,
          {
            cause: error,
          },
        );
  } finally {
    timeout.abort();
  }
  const failure = ended();
  if (failure) throw failure;
}
