import { randomUUID } from 'node:crypto';
import type { ConfirmChannel, Message } from 'amqplib';
import { closeQuietly } from './close-quietly.ts';
import { BrokerUnavailableError, type BrokerConnection } from './connection.ts';

/** One message to publish, persistent always. */
export interface Publication {
  exchange: string;
  routingKey: string;
  body: Buffer;
  headers: Record<string, string | number>;
  /** False only for the delayed-message exchange, which returns every message that it delays. */
  mandatory: boolean;
  messageId?: string;
  type?: string;
  appId?: string;
  /** Milliseconds after which the broker may drop it. */
  expiration?: number;
}

/** Milliseconds for what is published after the cut-off: a broker that answers confirms it in less. */
const LAST_WORDS = 1_000;

/** Goes to no queue: its confirm only says that the broker takes messages, which it does not under a memory or disk alarm. */
export const PROBE: Publication = {
  exchange: '',
  routingKey: '',
  body: Buffer.alloc(0),
  headers: {},
  mandatory: false,
};

/** The broker did not take a message: it returned it as unroutable, refused it, or went away before it confirmed. */
export class PublishError extends BrokerUnavailableError {
  override readonly name: string = 'PublishError';
}

/**
 * Publishes with confirms on a channel of its own. Nothing is kept: what is not confirmed when the channel ends is
 * reported as failed, and its publisher must publish it again.
 */
export async function createPublisher(connection: BrokerConnection) {
  const channel: ConfirmChannel = await connection.model.createConfirmChannel();
  /** How many the broker returned of those that are not confirmed yet, by exchange, routing key and id. */
  const returned = new Map<string, number>();
  let ended: BrokerUnavailableError | undefined;
  const failAll = new Set<(error: BrokerUnavailableError) => void>();

  channel.on('error', (error: Error) => (ended = new BrokerUnavailableError(`the channel ended: ${error.message}`)));
  channel.on('close', () => {
    ended ??= new BrokerUnavailableError('the channel ended');
    for (const fail of failAll) fail(ended);
  });
  // The broker returns an unroutable message before it confirms it, on the same channel.
  channel.on('return', ({ fields, properties }: Message) => {
    const key = returnKey(fields, properties.messageId);
    returned.set(key, (returned.get(key) ?? 0) + 1);
  });
  const wasReturned = (key: string): boolean => {
    const times = returned.get(key);
    if (times === undefined) return false;
    if (times > 1) returned.set(key, times - 1);
    else returned.delete(key);
    return true;
  };
  /** So that the broker can say which one it returned, and nobody takes two for copies of one. */
  const series = randomUUID();
  let unnamed = 0;
  const withId = (publication: Publication): Publication =>
    publication.messageId === undefined ? { ...publication, messageId: `${series}:${(unnamed += 1)}` } : publication;

  return {
    /**
     * Publishes all and resolves when every one is confirmed. Rejects with a `PublishError` when one was returned or
     * refused, with a `BrokerUnavailableError` when the channel ended, `timeout` milliseconds passed (at most one second
     * where `cutOff` is aborted already) or `cutOff` was aborted; then which of them arrived is not known and all must be
     * published again.
     */
    publishAll(publications: readonly Publication[], timeout: number, cutOff?: AbortSignal): Promise<void> {
      if (ended) return Promise.reject(ended);
      if (publications.length === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        let missing = publications.length;
        const patience = cutOff?.aborted === true ? Math.min(timeout, LAST_WORDS) : timeout;
        let failure: PublishError | undefined;
        const timer = setTimeout(() => {
          const why = connection.isBlocked() ? ', it has raised a memory or disk alarm' : '';
          finish(new BrokerUnavailableError(`${missing} messages were not confirmed in ${patience} ms${why}`));
        }, patience);
        const finish = (error?: Error) => {
          clearTimeout(timer);
          cutOff?.removeEventListener('abort', onCutOff);
          failAll.delete(finish);
          if (error) reject(error);
          else resolve();
        };
        const onCutOff = () => finish(new BrokerUnavailableError(`cut off before ${missing} messages were confirmed`));
        cutOff?.addEventListener('abort', onCutOff, { once: true });
        failAll.add(finish);
        for (const given of publications) {
          const publication = withId(given);
          const confirmed = (error: unknown) => {
            const key = returnKey(publication, publication.messageId);
            if (error) {
              const why = error instanceof Error ? error.message : 'it was refused';
              failure ??= new PublishError(
                `a message for ${publication.exchange || publication.routingKey} was not taken: ${why}`,
              );
            } else if (publication.mandatory && wasReturned(key)) {
              failure ??= new PublishError(
                `no queue takes "${publication.routingKey}" from exchange ${publication.exchange}: its binding is missing`,
              );
            }
            missing -= 1;
            if (missing === 0) finish(failure);
          };
          try {
            channel.publish(
              publication.exchange,
              publication.routingKey,
              publication.body,
              optionsOf(publication),
              confirmed,
            );
          } catch (error) {
            // amqplib throws when the channel is closing, and on a header that it cannot encode.
            finish(new PublishError(`publishing failed: ${error instanceof Error ? error.message : String(error)}`));
            return;
          }
        }
      });
    },
    /** Resolves when the channel is gone. */
    close: () => closeQuietly(channel),
  };
}
export type Publisher = Awaited<ReturnType<typeof createPublisher>>;

const returnKey = (target: { exchange: string; routingKey: string }, messageId: unknown) =>
  `${target.exchange} ${target.routingKey} ${String(messageId)}`;

function optionsOf(publication: Publication) {
  return {
    persistent: true,
    mandatory: publication.mandatory,
    contentType: 'application/json',
    timestamp: Math.floor(Date.now() / 1000),
    headers: publication.headers,
    ...(publication.messageId === undefined ? {} : { messageId: publication.messageId }),
    ...(publication.type === undefined ? {} : { type: publication.type }),
    ...(publication.appId === undefined ? {} : { appId: publication.appId }),
    ...(publication.expiration === undefined ? {} : { expiration: String(publication.expiration) }),
  };
}
