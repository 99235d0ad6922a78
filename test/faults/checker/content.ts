import { createHash } from 'node:crypto';
import type { BodyContent, OrderContent } from './evidence.ts';

/** Characters of a text that is kept as it is. */
const LONGEST_TEXT = 120;

/** A text that is short enough to be kept a million times: itself, or its length, beginning and SHA-256. */
export function condensed(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  return `${text.slice(0, 20)}... (${text.length} characters, sha256 ${sha256(text)})`;
}

export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** A decimal number in its shortest form: `274.50` and `274.5` are the same price. */
export function decimal(text: string): string {
  return condensed(text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text);
}

/** ISO 8601 with microseconds, from microseconds since 1970. */
export function isoTime(microseconds: bigint): string {
  const below = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = Number((microseconds - below) / 1_000_000n);
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}.${String(below).padStart(6, '0')}Z`;
}

const FIELDS = [
  'system',
  'database',
  'schema',
  'table',
  'id',
  'product',
  'price',
  'createdAt',
  'securityCheck',
] as const;

/** The first field in which two orders differ, with both values; undefined where they are the same. */
export function difference(actual: OrderContent, expected: OrderContent): string | undefined {
  const field = FIELDS.find((name) => actual[name] !== expected[name]);
  return field && `${field} is ${JSON.stringify(actual[field])}, its row says ${JSON.stringify(expected[field])}`;
}

/** Reads the body of a message without believing it. */
export function readBody(body: Buffer): BodyContent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return { unreadable: 'the body is not JSON' };
  }
  const { message_id, processing, origin, order } = fieldsOf(parsed);
  const { processing_times } = fieldsOf(processing);
  const { system, database_resource, schema_resource, table_resource } = fieldsOf(origin);
  const { id, product, price, created_at, security_check } = fieldsOf(order);
  return {
    messageId: text(message_id),
    processingTimes: typeof processing_times === 'number' ? processing_times : Number.NaN,
    content: {
      system: text(system),
      database: text(database_resource),
      schema: text(schema_resource),
      table: text(table_resource),
      id: text(id),
      product: condensed(text(product)),
      price: decimal(text(price)),
      createdAt: text(created_at),
      securityCheck: security_check === true,
    },
  };
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value);
