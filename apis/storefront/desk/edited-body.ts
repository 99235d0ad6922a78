import type { EditedBody } from '../../../db/endput/desk-edits.ts';
import {
  asOrderMessage,
  claimedMessageId,
  MAX_BODY_BYTES,
  MAX_SYSTEM_LENGTH,
  OrderMessageError,
  parseBody,
  type OrderMessage,
} from '../../../rabbitmq/order-message.ts';
import { brokenRule } from '../../../rabbitmq/order-rules.ts';
import { ApiError } from '../../http/errors.ts';

/**
 * The body of an edited message, as it is published, and what it has to have in common with the one it is made from.
 * Throws an `ApiError` (400) for whatever a consumer would refuse, and for a body that is another message than the one
 * that is edited.
 */
export function editedBody(messageId: string, given: object): EditedBody {
  const refuse = (what: string) => new ApiError(400, 'ORDER_INVALID', `A consumer would refuse this: ${what}.`);
  let message: OrderMessage;
  try {
    message = asOrderMessage(given);
  } catch (error) {
    if (error instanceof OrderMessageError) throw refuse(error.message);
    throw error;
  }
  if (message.message_id !== messageId) {
    throw refuse(`message_id has to be ${messageId}: an edit cannot make another message of it`);
  }
  const broken = brokenRule(message.order);
  if (broken !== undefined) throw refuse(`invalid order: ${broken}`);
  const { origin, order } = message;
  if ([...Object.values(origin), order.product].some((text) => text.includes('\0'))) {
    throw refuse('invalid order: endput takes no text with a NUL');
  }
  const body = Buffer.from(JSON.stringify(message));
  if (body.length > MAX_BODY_BYTES) throw refuse(`the body has ${body.length} bytes, ${MAX_BODY_BYTES} are allowed`);
  return {
    body,
    row: { ...origin, id: order.id, createdAt: new Date(order.created_at) },
    changedFrom: (original) => changedRow(original, message),
    otherIdOf: (original) => otherIdOf(original, messageId),
  };
}

/**
 * What tells that the edited message is about another row of a source than the original one, where that named a valid
 * one: the books of one source would have a row too many, and those of the other one too few.
 */
function changedRow(original: Buffer, edited: OrderMessage): string | undefined {
  const { origin, order } = parsed(original);
  const places = Object.keys(edited.origin) as (keyof typeof edited.origin)[];
  const moved = places.find((place) => {
    const was = recordOf(origin)[place];
    return isName(was) && (place !== 'system' || was.length <= MAX_SYSTEM_LENGTH) && was !== edited.origin[place];
  });
  if (moved !== undefined) return `origin.${moved} was ${JSON.stringify(recordOf(origin)[moved])}`;
  const { id } = recordOf(order);
  return Number.isSafeInteger(id) && id !== edited.order.id ? `order.id was ${String(id)}` : undefined;
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && !value.includes('\0');

/** The message that a letter is a copy of, with something about it that sent it here: its body claims that id. */
function otherIdOf(original: Buffer, messageId: string): string | undefined {
  const claimed = claimedMessageId(parsed(original));
  return claimed === messageId ? undefined : claimed;
}

function parsed(original: Buffer): Record<string, unknown> {
  try {
    return recordOf(parseBody(original));
  } catch (error) {
    if (error instanceof OrderMessageError) return {};
    throw error;
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
