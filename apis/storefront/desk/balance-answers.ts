import Type, { type Static } from 'typebox';
import { nullable } from '../shown.ts';
import { Next, Time } from './answer-fields.ts';

/** `GET /v0/balance`. */
export const Balance = Type.Object(
  {
    as_of: Time('When it was read'),
    complete: Type.Boolean({
      description: 'False while older rows are still being counted: the numbers are then too low.',
    }),
    behind: Type.Boolean({
      description:
        'True while something that was stored is not counted yet: a moment after it was, or for as long as `held_back` says.',
    }),
    held_back: nullable(
      Type.Object({ since: Time('Since when') }),
      'Not null while that is kept from being counted by a transaction of this database server that began before it and still ' +
        'runs: the books are open until it ends.',
    ),
    quiet: Type.Boolean({
      description:
        'Nothing is under way: no run, nothing in primary_queue or in hand, no retry, nothing redriven, all counted. Where rows do not ' +
        'come out all the same, nothing may have changed for some seconds: the broker tells late what consumers have in hand.',
    }),
    balanced: nullable(
      Type.Boolean(),
      'Whether every row of every source is accounted for; null while it is not quiet, or a source does not answer. ' +
        'Sources without an API are left out.',
    ),
    sources: Type.Array(
      Type.Object({
        source: Type.String(),
        has_api: Type.Optional(
          Type.Boolean({
            description: 'False where SOURCE_API_URLS does not name it: nothing is said about its books.',
          }),
        ),
        reachable: Type.Boolean({ description: 'Whether its API answers; without it rows and unpublished are null.' }),
        running: nullable(Type.Boolean(), 'Whether a run publishes rows now; null where its API does not answer.'),
        rows: nullable(Type.Integer(), 'In the source.'),
        unpublished: nullable(Type.Integer(), 'Of these never published.'),
        stored: Type.Integer(),
        dead: Type.Integer(),
        redriving: Type.Integer({ description: 'Part of what is in flight.' }),
        discarded: Type.Integer(),
        in_flight: nullable(
          Type.Integer(),
          'What remains: published and not settled for good. Below 0 where more is settled than there are rows.',
        ),
        difference: nullable(
          Type.Integer(),
          'Rows that are unaccounted for (below 0: more is settled than there are rows); null while it is not quiet.',
        ),
      }),
    ),
    unknown: Type.Object(
      { dead: Type.Integer(), redriving: Type.Integer(), discarded: Type.Integer() },
      { description: 'Dead letters of no source: messages that could not be read.' },
    ),
    queues: Type.Object({
      primary_queue: nullable(Type.Integer(), 'Null where the broker does not answer.'),
      in_hand: nullable(
        Type.Integer(),
        'Messages of it that consumers have in hand; null where the management API does not answer.',
      ),
      dlq_queue: nullable(Type.Integer(), 'Null where the broker does not answer.'),
      retries: Type.Integer({ description: 'Messages that wait for a retry, by endput.' }),
    }),
  },
  { title: 'Balance' },
);
export type Balance = Static<typeof Balance>;
/** `GET /v0/balance/{source}/unaccounted`: the rows that make the difference. */
export const UnaccountedPage = Type.Object(
  {
    rows: Type.Array(
      Type.Object({
        id: Type.Integer(),
        message_id: Type.String(),
        product: Type.String(),
        price: Type.String(),
        created_at: Type.String(),
      }),
    ),
    next: Next,
    looked_at: Type.Integer({ description: 'Rows of the source that this page looked at.' }),
  },
  { title: 'UnaccountedPage' },
);
