import Type, { type Static, type TSchema } from 'typebox';

/**
 * What the storefront shows, in the form in which both the feed (`feed-messages.ts`) and the API carry it. Money is
 * decimal text, times are ISO 8601 in UTC, texts are as they were stored: whoever shows them shows them as text.
 */
export const nullable = <T extends TSchema>(type: T, description: string) =>
  Type.Union([type, Type.Null()], { description });

const Money = (description: string) => Type.String({ description: `${description}; decimal, such as 274.00.` });
const Time = (description: string) => Type.String({ description: `${description}; ISO 8601, UTC.` });

/** Why an attempt failed. */
export const Failure = Type.Object(
  {
    kind: Type.String({ description: 'transient, invalid_message, refused_by_endput or consumer_crashed.' }),
    message: Type.String(),
  },
  { title: 'Failure' },
);

/** What became of the orders of one source, counted in endput. */
export const SourceTotals = Type.Object(
  {
    source: Type.String({ description: 'Such as system_1; unknown where a message could not be read.' }),
    stored: Type.Integer({ description: 'Orders in endput.' }),
    revenue: Money('What they add up to'),
    waiting: Type.Integer({ description: 'Messages that wait for their next attempt.' }),
    dead: Type.Integer({ description: 'Dead letters that are neither redriven, discarded nor stored since.' }),
    redriving: Type.Integer({ description: 'Dead letters on their way again.' }),
    discarded: Type.Integer({ description: 'Dead letters that somebody gave up.' }),
  },
  { title: 'SourceTotals' },
);
export type SourceTotals = Static<typeof SourceTotals>;

/** Exact totals, as endput has them. */
export const Totals = Type.Object(
  {
    as_of: Time('When endput was read'),
    complete: Type.Boolean({
      description:
        'False while orders that were stored before are still being counted (after an upgrade, or when no storefront ran ' +
        'for long): the numbers then rise to the exact ones.',
    }),
    held_back: nullable(
      Type.Object({ since: Time('Since when') }),
      'Not null while rows that are stored cannot be counted, since a transaction of this database server that began before ' +
        'theirs still runs: the numbers stand still until it ends, then rise to the exact ones.',
    ),
    sources: Type.Array(SourceTotals, {
      description: 'By name. In the feed the 20 with the most messages, and the sum of all others as `others`, last.',
    }),
    waiting: Type.Object({
      count: Type.Integer(),
      next_due_at: nullable(Time('When the next of them is tried'), 'Null where none waits.'),
    }),
    attempts_needed: Type.Array(Type.Object({ attempt: Type.Integer(), orders: Type.Integer() }), {
      description: 'Stored orders by the attempt that succeeded, lowest first.',
    }),
    dead_by_reason: Type.Array(Type.Object({ reason: Type.String(), count: Type.Integer() }), {
      description: 'Dead letters (state dead) by reason.',
    }),
  },
  { title: 'Totals' },
);
export type Totals = Static<typeof Totals>;

/** A product, drawn from the orders that were stored. */
export const Product = Type.Object(
  {
    key: Type.String({ description: 'Stands for the name, which may have 10,000 characters.' }),
    product: Type.String(),
    last_price: Money('Price of the order stored last'),
    last_stored_at: Time('When that was'),
    orders: Type.Integer({ description: 'Orders stored.' }),
    revenue: Money('What they add up to'),
  },
  { title: 'Product' },
);
export type Product = Static<typeof Product>;

/** One attempt that just ended, as the broker told of it. */
export const AttemptEvent = Type.Object(
  {
    message_id: Type.String(),
    cycle: Type.Integer({ description: '0, and one more with each redrive.' }),
    attempt: Type.Integer({ description: '1 for the first.' }),
    outcome: Type.Enum(['succeeded', 'retrying', 'dead']),
    source: Type.String(),
    source_id: nullable(Type.Integer(), 'Id of the order in its source; null where the message could not be read.'),
    product: nullable(Type.String(), 'Cut after 240 characters; null where the message could not be read.'),
    price: nullable(Type.String(), 'As the message has it, so of a dead letter it may be no price at all.'),
    at: Time('When the attempt ended'),
    duration_ms: nullable(Type.Number(), 'Null where its process died before it told.'),
    error: nullable(Failure, 'Null where it succeeded.'),
    reason: nullable(
      Type.String(),
      'Of outcome dead: attempts_exhausted, invalid_message, refused_by_endput or consumer_crashed.',
    ),
    next_attempt_at: nullable(Time('When it is tried again'), 'Of outcome retrying.'),
  },
  { title: 'AttemptEvent' },
);
export type AttemptEvent = Static<typeof AttemptEvent>;

/** Attempts of some span of time, by outcome. */
export const OutcomeCounts = Type.Object(
  { succeeded: Type.Integer(), retrying: Type.Integer(), dead: Type.Integer() },
  { title: 'OutcomeCounts' },
);
export type OutcomeCounts = Static<typeof OutcomeCounts>;
