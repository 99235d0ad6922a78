import Type, { type Static } from 'typebox';
import { AttemptEvent, nullable, OutcomeCounts, Product, Totals } from './shown.ts';

/**
 * The frames of the feed at `/ws`, one JSON text each. `docs/feed.md` tells the story; a test holds it to this file.
 *
 * A client says `hello`; the server answers with a `snapshot`, or, where the client names the last frame it has seen and
 * all later ones are still at hand, with those. Then every `delta` follows, in order and without a gap. Frames of the
 * server carry `copy_id` (which process) and `seq` (which frame of it). Frames are made once and are the same for every
 * client.
 */
const place = {
  copy_id: Type.String({ description: 'The process; another one after a restart.' }),
  seq: Type.Integer({
    minimum: 0,
    description: 'Of a delta one more than the frame before; of a snapshot the last delta that is in it.',
  }),
};

/** Products that the feed shows, and characters of a product name that it carries. */
export const FEED_PRODUCTS = 48;
export const FEED_NAME_LENGTH = 240;
/** Attempts that a snapshot has at most, and that one delta shows at most. */
export const SNAPSHOT_ATTEMPTS = 50;
export const DELTA_ATTEMPTS = 20;

/** Whether something that the storefront lives on answers. */
export const Connection = Type.Object(
  {
    state: Type.Enum(['up', 'away', 'connecting'], { description: 'connecting: not yet known, right after a start.' }),
    since: Type.String({ description: 'When it became so; ISO 8601, UTC.' }),
  },
  { title: 'Connection' },
);
export type Connection = Static<typeof Connection>;

export const Connections = Type.Object(
  {
    endput: Connection,
    broker: Connection,
  },
  {
    title: 'Connections',
    description: 'Without endput totals and products stand still; without the broker attempts and rates do.',
  },
);
export type Connections = Static<typeof Connections>;

/** Attempts a second, over the last seconds. */
export const Rates = Type.Object(
  {
    over_seconds: Type.Number({ description: 'The span that they are measured over.' }),
    outcomes: Type.Object({ succeeded: Type.Number(), retrying: Type.Number(), dead: Type.Number() }),
    from_retry: Type.Number({
      description: 'Of all of them those that had waited for a retry: attempt 2 and later ones.',
    }),
    sources: Type.Array(
      Type.Object({
        source: Type.String(),
        succeeded: Type.Number(),
        retrying: Type.Number(),
        dead: Type.Number(),
        first_attempts: Type.Number({
          description: 'Of these the first ones, at attempt 1 of cycle 0: what came from the source itself.',
        }),
      }),
      { description: 'Of those that had attempts in that span, the busiest first, at most 20.' },
    ),
  },
  { title: 'Rates' },
);
export type Rates = Static<typeof Rates>;

/** One bar of the chart of outcomes. */
export const Bucket = Type.Object(
  { at: Type.String({ description: 'When it begins; ISO 8601, UTC.' }), ...OutcomeCounts.properties },
  { title: 'Bucket' },
);
export type Bucket = Static<typeof Bucket>;

/** What waits in the broker. */
export const Queues = Type.Object(
  { primary_ready: nullable(Type.Integer(), 'Messages ready in primary_queue; null where the broker is away.') },
  { title: 'Queues' },
);
export type Queues = Static<typeof Queues>;

/** Products in the order in which they are to be shown, best sold first. */
export const ProductList = Type.Object(
  {
    keys: Type.Array(Type.String(), { maxItems: FEED_PRODUCTS }),
    changed: Type.Array(
      Type.Object({
        ...Product.properties,
        truncated: Type.Boolean({
          description: `The name is longer than ${FEED_NAME_LENGTH} characters; the API has all of it.`,
        }),
      }),
      { description: 'Those that are new here or have changed, whole.' },
    ),
    count: Type.Integer({ description: 'All products that were ever sold.' }),
  },
  { title: 'ProductList' },
);
export type ProductList = Static<typeof ProductList>;

/** Everything, as of frame `seq`. */
export const Snapshot = Type.Object(
  {
    type: Type.Literal('snapshot'),
    ...place,
    at: Type.String({ description: 'ISO 8601, UTC.' }),
    because: Type.Enum(['first', 'other_copy', 'missed_too_much'], {
      description:
        'first: the client asked for nothing else. other_copy: the frame that it named is of another process. ' +
        'missed_too_much: the frames after it are no longer at hand, or would be more than a snapshot.',
    }),
    max_attempts: Type.Integer({ description: 'MAX_ATTEMPTS: the n of "attempt 2 of n".' }),
    connections: Connections,
    totals: nullable(Totals, 'Null until endput was read for the first time.'),
    products: ProductList,
    attempts: Type.Array(AttemptEvent, { maxItems: SNAPSHOT_ATTEMPTS, description: 'The last ones, newest first.' }),
    rates: Rates,
    history: Type.Object({
      bucket_seconds: Type.Number(),
      buckets: Type.Array(Bucket, { description: 'Oldest first, without gaps; the last one is complete.' }),
    }),
    queues: Queues,
  },
  { title: 'Snapshot' },
);
export type Snapshot = Static<typeof Snapshot>;

/** What has changed since the frame before. A part that is missing has not changed. */
export const Delta = Type.Object(
  {
    type: Type.Literal('delta'),
    ...place,
    at: Type.String({ description: 'ISO 8601, UTC.' }),
    connections: Type.Optional(Connections),
    totals: Type.Optional(Totals),
    products: Type.Optional(ProductList),
    attempts: Type.Optional(
      Type.Object({
        list: Type.Array(AttemptEvent, { maxItems: DELTA_ATTEMPTS, description: 'Newest first.' }),
        sampled: Type.Object({
          shown: Type.Integer({ description: 'Length of the list.' }),
          of: Type.Integer({ description: 'Attempts that ended since the frame before.' }),
        }),
        outcomes: OutcomeCounts,
      }),
    ),
    rates: Type.Optional(Rates),
    buckets: Type.Optional(
      Type.Array(Bucket, { description: 'Bars of the chart that are complete now, oldest first.' }),
    ),
    queues: Type.Optional(Queues),
  },
  { title: 'Delta' },
);
export type Delta = Static<typeof Delta>;

/** The answer to a `hello` whose missed frames are at hand; they follow it. */
export const Resumed = Type.Object(
  {
    type: Type.Literal('resumed'),
    ...place,
    missed: Type.Integer({ description: 'How many frames follow at once.' }),
  },
  { title: 'Resumed' },
);
export type Resumed = Static<typeof Resumed>;

export type ServerFrame = Snapshot | Delta | Resumed;

/** The first and only frame of a client. */
export const Hello = Type.Object(
  {
    type: Type.Literal('hello'),
    resume: Type.Optional(
      Type.Object(
        {
          copy_id: Type.String({ minLength: 1, maxLength: 100 }),
          seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        },
        { additionalProperties: false, description: 'The last frame that the client has seen.' },
      ),
    ),
  },
  { title: 'Hello', additionalProperties: false },
);
export type Hello = Static<typeof Hello>;

/** Bytes that a frame of a client may have. */
export const LARGEST_CLIENT_FRAME = 1_024;
/** Milliseconds that a client may take to say hello. */
export const HELLO_TIMEOUT = 10_000;
/** Milliseconds between two deltas at least: 20 a second. */
export const SHORTEST_INTERVAL = 50;
/** Milliseconds between two deltas at most: where nothing happens they are empty, and show that the feed is alive. */
export const LONGEST_INTERVAL = 5_000;
/** Milliseconds between two pings; a client that answered none of them by the next is gone. */
export const PING_INTERVAL = 15_000;

/** Why the server closes a connection: WebSocket close codes, those from 4000 are ours. */
export const CLOSE_CODES = {
  /** The server stops; come back. */
  going_away: 1001,
  /** A frame that is no hello, or a second one. */
  bad_frame: 4400,
  /** No hello in time. */
  no_hello: 4408,
  /** The client reads slower than the feed flows; come back. */
  too_slow: 4429,
} as const;
