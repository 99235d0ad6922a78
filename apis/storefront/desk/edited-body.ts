import {
  asOrderMessage,
  MAX_BODY_BYTES,
  OrderMessageError,
  type OrderMessage,
} from '../../../rabbitmq/order-message.ts';
import { brokenRule } from '../../../rabbitmq/order-rules.ts';
import { ApiError } from '../../http/errors.ts';

/**
 * The body of an edited message, as it is published. Throws an `ApiError` (400) for whatever a consumer would refuse, and
 * for a body that is another message than the one that is edited.
 */
export function editedBody(messageId: string, given: object): Buffer {
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
  return body;
}
