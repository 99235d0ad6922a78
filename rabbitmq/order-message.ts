import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { v5 as uuidv5 } from 'uuid';

/** A larger body is refused: a broker that refuses it (4.3 above 16 MiB) would block its publisher for ever. */
export const MAX_BODY_BYTES = 256 * 1024;
/** Longest name of a source, in characters. */
export const MAX_SYSTEM_LENGTH = 63;
/** Longest product name, in characters. */
export const MAX_PRODUCT_LENGTH = 10_000;
/** AMQP property `type` of an order. */
export const ORDER_TYPE = 'order';

const UUID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

/** Where a row came from. */
export const Origin = Type.Object({
  system: Type.String({ minLength: 1, maxLength: MAX_SYSTEM_LENGTH }),
  database_resource: Type.String(),
  schema_resource: Type.String(),
  table_resource: Type.String(),
});
export type Origin = Static<typeof Origin>;

/** A source row as it travels. The price is a decimal string: money is never a float. */
export const Order = Type.Object({
  id: Type.Integer(),
  product: Type.String(),
  price: Type.String(),
  created_at: Type.String(),
  security_check: Type.Boolean(),
});
export type Order = Static<typeof Order>;

/** The body of a message, schema version 1. It never changes on its way. */
export const OrderMessage = Type.Object({
  schema_version: Type.Literal(1),
  message_id: Type.String({ pattern: UUID_PATTERN }),
  processing: Type.Object({ processing_times: Type.Integer({ minimum: 1 }) }),
  origin: Origin,
  order: Order,
});
export type OrderMessage = Static<typeof OrderMessage>;

const validator = Compile(OrderMessage);
const uuid = new RegExp(UUID_PATTERN);

/** Why a body is no order message, in words for a person. */
export class OrderMessageError extends Error {
  readonly code = 'ORDER_MESSAGE_INVALID';
  override readonly name = 'OrderMessageError';
}

/** The `message_id` that a parsed body claims, if it is a UUID in its canonical lower-case form. */
export function claimedMessageId(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('message_id' in body)) return undefined;
  return typeof body.message_id === 'string' && uuid.test(body.message_id) ? body.message_id : undefined;
}

/** The JSON of a body. Throws an `OrderMessageError` for a body that is too large, not UTF-8 or not JSON. */
export function parseBody(body: Buffer): unknown {
  if (body.length > MAX_BODY_BYTES) {
    throw new OrderMessageError(`the body has ${body.length} bytes, ${MAX_BODY_BYTES} are allowed`);
  }
  try {
    return JSON.parse(utf8.decode(body)) as unknown;
  } catch (error) {
    throw new OrderMessageError(`the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Checks a parsed body against schema version 1. Throws an `OrderMessageError` naming the first field at fault. */
export function asOrderMessage(body: unknown): OrderMessage {
  if (validator.Check(body)) return body;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new OrderMessageError('the body is no JSON object');
  }
  if ('schema_version' in body && body.schema_version !== 1) {
    throw new OrderMessageError(`schema_version ${shown(body.schema_version)} is unknown, 1 is known`);
  }
  const fault = validator.Errors(body)[0];
  throw new OrderMessageError(
    `${fault?.instancePath.slice(1).replaceAll('/', '.') || 'the body'} ${fault?.message ?? 'is not valid'}`,
  );
}

/** A value out of a body. Texts are shortened before they are quoted, so that every quote is closed. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const isLong = typeof value === 'string' || typeof value === 'object';
  return value !== null && isLong ? JSON.stringify(text.slice(0, 50)) : text;
}

/**
 * The id of a source row's message: UUIDv5 (RFC 9562) of `system:table:id:created_at` in the namespace of its source
 * database. `createdAt` has microseconds, as SQL prints them. The same row always gets the same id.
 */
export function orderMessageId(
  namespace: string,
  row: { system: string; table: string; id: string | number; createdAt: string },
): string {
  return uuidv5(Buffer.from(`${row.system}:${row.table}:${row.id}:${row.createdAt}`), namespace);
}

/** Namespace of the ids under which messages without a usable id are filed; made once, for this project. */
const BODY_NAMESPACE = '6c1c5d0e-6a0b-4f7c-9a7e-3f0f1f6a52c4';

/** The id under which a message without a usable one is filed: UUIDv5 of its body's SHA-256. */
export function bodyMessageId(body: Buffer): string {
  return uuidv5(createHash('sha256').update(body).digest('hex'), BODY_NAMESPACE);
}

/** W3C Trace Context of a message: its id is the trace, so whoever sees the message again finds the same trace. */
export function traceparentOf(messageId: string): string {
  const trace = messageId.replaceAll('-', '');
  return `00-${trace}-${trace.slice(16)}-01`;
}
