import Type, { type Static } from 'typebox';
import { Failure, nullable, Product } from './shown.ts';
import { UUID_PATTERN } from './uuid.ts';

/** What the endpoints `/v0/orders` and `/v0/products` are asked and answer. */
const Search = (what: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: what }));
const After = Type.Optional(
  Type.String({ minLength: 1, maxLength: 200, description: 'What the page before said as `next`.' }),
);
const Limit = Type.Integer({ default: 50, minimum: 1, maximum: 200, description: 'Rows of a page.' });

export const OrderQuery = Type.Object(
  {
    search: Search(
      'A message id; or words of a product, each of which a word of its name begins with, in any order and case.',
    ),
    product: Type.Optional(
      Type.String({
        pattern: UUID_PATTERN,
        description:
          'Key of a product, as `/v0/products` and the feed have it: its orders. Not with `search` or `source_id`.',
      }),
    ),
    source: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Only with `source_id`.' })),
    source_id: Type.Optional(
      Type.Integer({
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Id of the order in its source; not with `search`.',
      }),
    ),
    after: After,
    limit: Limit,
  },
  { additionalProperties: false },
);
export type OrderQuery = Static<typeof OrderQuery>;

export const ProductQuery = Type.Object(
  {
    search: Search('Words, each of which a word of the name begins with, in any order and case.'),
    after: After,
    limit: Limit,
  },
  { additionalProperties: false },
);
export type ProductQuery = Static<typeof ProductQuery>;

export const StoredOrder = Type.Object(
  {
    message_id: Type.String(),
    source: Type.String(),
    source_id: Type.Integer({ description: 'Id of the order in its source.' }),
    product: Type.String(),
    price: Type.String({ description: 'Decimal, such as 274.00.' }),
    security_check: Type.Boolean(),
    created_at: Type.String({ description: 'In its source; ISO 8601, UTC, with microseconds.' }),
    stored_at: Type.String({ description: 'ISO 8601, UTC.' }),
    attempt: Type.Integer({ description: 'The attempt that succeeded.' }),
    cycle: Type.Integer(),
  },
  { title: 'StoredOrder' },
);
export type StoredOrder = Static<typeof StoredOrder>;

export const OrderPage = Type.Object(
  {
    orders: Type.Array(StoredOrder, { description: 'Newest first.' }),
    next: nullable(Type.String(), 'For the page after this one, give it as `after`; null where no order is left.'),
    products_searched: nullable(
      Type.Integer(),
      'With a `search` by words: how many products match, whose orders are listed.',
    ),
    complete: Type.Boolean({ description: 'False where orders that match may be left out: see `left_out`.' }),
    left_out: Type.Array(Type.Enum(['older_orders', 'other_products']), {
      description:
        'Where the newest orders do not fill a page with what matches, the last 10 orders of each matching product follow. ' +
        'older_orders: some product has more than these. other_products: more products match than the 200 best sold ones, ' +
        'whose orders are listed.',
    }),
  },
  { title: 'OrderPage' },
);
export type OrderPage = Static<typeof OrderPage>;

/** One attempt of an order's timeline. */
export const TimelineAttempt = Type.Object(
  {
    cycle: Type.Integer(),
    attempt: Type.Integer(),
    record: Type.Enum(['recorded', 'expired', 'not_yet', 'unavailable'], {
      description:
        'recorded: from the attempt log. expired: the log has forgotten it (ATTEMPT_LOG_TTL). not_yet: on its way there. ' +
        'unavailable: the log does not answer now. Without a record, only what endput knows is given.',
    }),
    outcome: nullable(Type.Enum(['succeeded', 'retrying', 'dead']), 'Null where it is not known.'),
    at: nullable(Type.String(), 'When it ended; ISO 8601, UTC.'),
    duration_ms: nullable(Type.Number(), 'In its handler.'),
    info: nullable(Type.String(), 'What the log says about it, in words.'),
    error: nullable(Failure, 'Why it failed.'),
    next_attempt_at: nullable(Type.String(), 'When the next one was due.'),
    consumer: nullable(Type.String(), 'host:pid of the process.'),
  },
  { title: 'TimelineAttempt' },
);
export type TimelineAttempt = Static<typeof TimelineAttempt>;

export const OrderDetails = Type.Object(
  {
    message_id: Type.String(),
    state: Type.Enum(['stored', 'waiting', 'dead', 'redriving', 'discarded', 'unsettled'], {
      description: 'unsettled: endput does not know it, but the log has attempts of it.',
    }),
    source: nullable(Type.String(), 'Null where nothing is known of it but attempts that could not be read.'),
    order: nullable(
      Type.Object({
        source_id: nullable(Type.Integer(), 'Id in its source.'),
        product: nullable(Type.String(), 'As stored, or as the message has it.'),
        price: nullable(Type.String(), 'As stored, or as the message has it.'),
        created_at: nullable(Type.String(), 'In its source.'),
      }),
      'Null where the message could not be read.',
    ),
    position: nullable(
      Type.Object({ cycle: Type.Integer(), attempt: Type.Integer() }),
      'The last attempt that is settled.',
    ),
    settled_at: nullable(Type.String(), 'When that was; ISO 8601, UTC.'),
    next_attempt_at: nullable(Type.String(), 'Of state waiting: when it is tried again.'),
    reason: nullable(Type.String(), 'Of a dead letter: why it is one.'),
    error: nullable(Failure, 'The last error, where it is not stored.'),
    max_attempts: Type.Integer(),
    history: Type.Enum(['complete', 'expired', 'unavailable'], {
      description:
        'complete: every attempt is in the timeline (or about to be). expired: the log has forgotten some. unavailable: ' +
        'the attempt log does not answer now; state and position are exact all the same.',
    }),
    timeline: Type.Array(TimelineAttempt, { description: 'In the order of cycle and attempt.' }),
  },
  { title: 'OrderDetails' },
);
export type OrderDetails = Static<typeof OrderDetails>;

export const ProductPage = Type.Object(
  {
    products: Type.Array(Product, { description: 'Best sold first.' }),
    next: nullable(
      Type.String(),
      'For the page after this one, give it as `after`; null where none is left. While orders arrive, products change places: one may come twice or be missed.',
    ),
    complete: Type.Boolean({
      description: 'False where more names match than are looked at: only the first of them by name are listed.',
    }),
  },
  { title: 'ProductPage' },
);
export type ProductPage = Static<typeof ProductPage>;
