import type { ConsumeMessage } from 'amqplib';
import { readHeaders, type OwnHeaders } from '../rabbitmq/headers.ts';
import {
  asOrderMessage,
  bodyMessageId,
  claimedMessageId,
  ORDER_TYPE,
  parseBody,
  type OrderMessage,
} from '../rabbitmq/order-message.ts';
import { storableText } from './failure.ts';

/** Source of a message that does not say, or cannot be believed. */
export const UNKNOWN_SOURCE = 'unknown';

/**
 * A delivery as it was understood. `content` is the message, or why it is none; a delivery without a usable id is filed
 * under the id of its body, at the first attempt of cycle 0, so that nothing it claims can touch another message.
 */
export interface Decoded {
  delivery: ConsumeMessage;
  messageId: string;
  source: string;
  type: string;
  headers: OwnHeaders;
  redelivered: boolean;
  /** How often the broker delivered it before, by its own count: a hint for the crash guard, never an attempt number. */
  earlierDeliveries: number;
  content: { kind: 'message'; message: OrderMessage } | { kind: 'unreadable'; reason: string };
}

/** Reads a delivery. Never throws: whatever is wrong with it is in the result. */
export function decode(delivery: ConsumeMessage): Decoded {
  let parsed: unknown;
  let headers: OwnHeaders;
  try {
    parsed = parseBody(delivery.content);
    headers = readHeaders(delivery.properties.headers);
  } catch (error) {
    return filedByBody(delivery, messageOf(error));
  }
  const messageId = claimedMessageId(parsed);
  if (messageId === undefined) return filedByBody(delivery, 'message_id is missing or no UUID');
  const property: unknown = delivery.properties.messageId;
  if (property !== undefined && property !== messageId) {
    return filedByBody(delivery, 'message_id of the body and property messageId differ');
  }
  return { ...base(delivery), messageId, headers, ...contentOf(parsed) };
}

/** The same delivery, filed under the id of its body because what it says of itself cannot be believed. */
export function filedByBody(delivery: ConsumeMessage, reason: string): Decoded {
  return {
    ...base(delivery),
    messageId: bodyMessageId(delivery.content),
    source: UNKNOWN_SOURCE,
    headers: { attempt: 1, cycle: 0 },
    content: { kind: 'unreadable', reason: storableText(reason) },
  };
}

/** What a body that was kept says, or why it cannot be read. Never throws. */
export function readContent(body: Buffer): Decoded['content'] {
  try {
    return contentOf(parseBody(body)).content;
  } catch (error) {
    return { kind: 'unreadable', reason: storableText(messageOf(error)) };
  }
}

function base(delivery: ConsumeMessage) {
  const { type, headers } = delivery.properties as { type?: unknown; headers?: Record<string, unknown> };
  const count = headers?.['x-delivery-count'];
  return {
    delivery,
    type: typeof type === 'string' ? storableText(type) : ORDER_TYPE,
    redelivered: delivery.fields.redelivered,
    earlierDeliveries: typeof count === 'number' ? count : 0,
  };
}

function contentOf(parsed: unknown): Pick<Decoded, 'content' | 'source'> {
  try {
    const message = asOrderMessage(parsed);
    return { source: storableText(message.origin.system), content: { kind: 'message', message } };
  } catch (error) {
    // Its row must still be found in the books of its source.
    return { source: claimedSystem(parsed), content: { kind: 'unreadable', reason: storableText(messageOf(error)) } };
  }
}

function claimedSystem(parsed: unknown): string {
  if (typeof parsed !== 'object' || parsed === null || !('origin' in parsed)) return UNKNOWN_SOURCE;
  const { origin } = parsed;
  if (typeof origin !== 'object' || origin === null || !('system' in origin)) return UNKNOWN_SOURCE;
  return typeof origin.system === 'string' && origin.system !== '' ? storableText(origin.system) : UNKNOWN_SOURCE;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
