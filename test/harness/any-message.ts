import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Options } from 'amqplib';

/** A message as anybody may put it into `primary_queue`. */
export interface AnyMessage {
  body: Buffer;
  properties: Options.Publish;
}

const ORDER = {
  schema_version: 1,
  processing: { processing_times: 1 },
  origin: { system: 'anybody', database_resource: 'none', schema_resource: 'public', table_resource: 'orders' },
  order: { id: 1, product: 'Anything', price: '1.00', created_at: '2026-01-01T00:00:00.000001Z', security_check: true },
};
const PATHS = [
  ['schema_version'],
  ['message_id'],
  ['processing'],
  ['processing', 'processing_times'],
  ['origin'],
  ['origin', 'system'],
  ['origin', 'table_resource'],
  ['order'],
  ['order', 'id'],
  ['order', 'product'],
  ['order', 'price'],
  ['order', 'created_at'],
  ['order', 'security_check'],
];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\u202eltr',
    '😀'.repeat(200),
    "'; drop table orders; --",
    '__proto__',
  ),
  fc.constantFrom('NaN', 'Infinity', '-1', '0', '1e3', '1.234', '9'.repeat(40), '99999999999.99', '0x10', '١٢'),
  fc.constantFrom('infinity', '0000-00-00', '2026-13-45T99:99:99Z', '290000-01-01T00:00:00Z', '2026-01-01 BC'),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(0, -1, 1.5, 1e300, -1e-300, 2 ** 31, 2 ** 53, 2 ** 63, null, true, false, [], {}, [[[]]]),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A message of a source with a fresh id, in which some fields hold anything, or are missing. */
const spoiledOrder = fc
  .array(fc.tuple(fc.constantFrom(...PATHS), fc.option(value, { nil: undefined })), { maxLength: 3 })
  .map((changes) => {
    const body: Record<string, unknown> = structuredClone({ ...ORDER, message_id: randomUUID() });
    for (const [path, changed] of changes) set(body, path, changed);
    return Buffer.from(JSON.stringify(body));
  });

function set(object: Record<string, unknown>, [first, ...rest]: string[], changed: unknown): void {
  if (first === undefined) return;
  if (rest.length === 0) {
    object[first] = changed;
    return;
  }
  const inner = object[first];
  if (typeof inner === 'object' && inner !== null) set(inner as Record<string, unknown>, rest, changed);
}

/** A message as a source publishes it: without some of these among them a run would say little of what is stored. */
const goodOrder = fc
  .constant(ORDER)
  .map((order) => Buffer.from(JSON.stringify({ ...order, message_id: randomUUID() })));

const body = fc.oneof(
  { weight: 2, arbitrary: goodOrder },
  { weight: 6, arbitrary: spoiledOrder },
  { weight: 2, arbitrary: fc.json({ maxDepth: 3 }).map((json) => Buffer.from(json)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 300_000 }).map((length) => Buffer.alloc(length, '[')) },
  { weight: 1, arbitrary: spoiledOrder.map((whole) => whole.subarray(0, whole.length - 3)) },
);

/** Of what an AMQP table can carry (AMQP 0-9-1, 4.2.5.5). */
const field: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(0, 1, 2, 5, 6, -1, 100, 101, 2 ** 31, 1e9, 1.5, null, true, false),
  fc.constantFrom({ '!': 'timestamp', value: 1_700_000_000 }, Buffer.from([0, 255]), [1, 'x', [null]], {
    a: { b: {} },
  }),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'attempt',
    'cycle',
    'traceparent',
    'x-death',
    'x-delivery-count',
    'x-delay',
    'dead-letter-reason',
    'é',
  ),
  field,
  { maxKeys: 4 },
);
/** At most 255 bytes, which is all that such a property takes. */
const short = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', 'order', 'x'.repeat(255), '\0'),
);

const anyProperties = fc.record(
  {
    headers,
    messageId: short,
    type: fc.oneof({ weight: 3, arbitrary: fc.constant('order') }, { weight: 1, arbitrary: short }),
    appId: short,
    contentType: short,
    contentEncoding: short,
    correlationId: short,
    timestamp: fc.nat(),
    priority: fc.nat(255),
    persistent: fc.boolean(),
  },
  { requiredKeys: [] },
);

/**
 * Any message that a broker takes, most of them near to a good one. No `expiration`: who sets it asks the broker to throw
 * the message away.
 */
export const anyMessage: fc.Arbitrary<AnyMessage> = fc.record({
  body,
  properties: fc.oneof(
    { weight: 2, arbitrary: anyProperties },
    { weight: 1, arbitrary: fc.constant<Options.Publish>({ type: 'order', contentType: 'application/json' }) },
  ),
});
