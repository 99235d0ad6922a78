import Type, { type Static } from 'typebox';
import { TimelineAttempt } from '../order-answers.ts';
import { nullable } from '../shown.ts';
import { After, Limit, Next, Time, TimeAsked, Uuid } from './answer-fields.ts';

/** What the endpoints of dead letters are asked and answer; keys are those of the ledger. */

export const LetterState = Type.Enum(['dead', 'redriving', 'discarded', 'resolved'], {
  description:
    'dead: waits for somebody. redriving: on its way again. discarded: given up, with a reason. resolved: its order is stored.',
});
export const Reason = Type.Enum(['attempts_exhausted', 'invalid_message', 'refused_by_endput', 'consumer_crashed']);

/** Which dead letters are meant. Every field that is given has to fit. */
const filterFields = {
  state: Type.Optional(LetterState),
  source: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
  reason: Type.Optional(Reason),
  cause_key: Type.Optional(Uuid('Of a group.')),
  product: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, description: 'Words, each of which a word of the name begins with.' }),
  ),
  died_from: Type.Optional(TimeAsked('Died at this time or later')),
  died_before: Type.Optional(TimeAsked('Died before this time')),
};
export const LetterFilter = Type.Object(filterFields, { additionalProperties: false, title: 'LetterFilter' });
export type LetterFilter = Static<typeof LetterFilter>;

/** `GET /v0/dead-letters/groups` and `GET /v0/dead-letters`. */
export const GroupQuery = Type.Object({ ...filterFields, after: After, limit: Limit }, { additionalProperties: false });
export const LetterQuery = Type.Object(
  {
    ...filterFields,
    message_id: Type.Optional(Uuid('Only this one.')),
    order: Type.Enum(['newest', 'oldest'], { default: 'newest', description: 'By the time of death.' }),
    after: After,
    limit: Limit,
  },
  { additionalProperties: false },
);

export const LetterGroup = Type.Object(
  {
    cause_key: Type.String(),
    cause: Type.String({ description: 'The error message without what differs between messages.' }),
    reason: Type.String(),
    error_kind: Type.String(),
    count: Type.Integer(),
    first_died_at: Time('When the first of them died'),
    last_died_at: Time('When the last of them died'),
    sources: Type.Array(Type.Object({ source: Type.String(), count: Type.Integer() }), { description: 'By name.' }),
    example: Type.Object({
      message_id: Type.String(),
      product: nullable(Type.String(), 'Null where the body names none.'),
      error_message: Type.String(),
    }),
  },
  { title: 'LetterGroup' },
);
export const LetterGroupPage = Type.Object(
  {
    groups: Type.Array(LetterGroup, { description: 'Largest first.' }),
    next: Next,
    complete: Type.Boolean({
      description:
        'False where not all that fits was counted (words of a product that many names have, times with very many letters): ' +
        'numbers are then too low, and groups may be missing. Without times and products it is always exact, a moment behind.',
    }),
  },
  { title: 'LetterGroupPage' },
);

export const Letter = Type.Object(
  {
    message_id: Type.String(),
    state: LetterState,
    source: Type.String(),
    reason: Type.String(),
    error_kind: Type.String(),
    error_message: Type.String(),
    cause_key: Type.String(),
    product: nullable(Type.String(), 'Null where the body names none.'),
    cycle: Type.Integer({ description: 'How often it was redriven.' }),
    attempt: Type.Integer({ description: 'The attempt at which it died; 0 while it is redriven.' }),
    first_seen_at: Time('When an attempt of it failed for the first time'),
    died_at: Time('When it died last'),
  },
  { title: 'Letter' },
);
export const LetterPage = Type.Object(
  {
    dead_letters: Type.Array(Letter),
    next: nullable(
      Type.String(),
      'For the page after this one, give it as `after`; null where none is left. Where words of a product are hard to ' +
        'find, a page may be short, even empty, and there is a next one all the same.',
    ),
  },
  { title: 'LetterPage' },
);

/** One entry of what was done to a dead letter. */
export const LetterEvent = Type.Object(
  {
    at: Time('When'),
    actor: Type.String({ description: 'Who; empty for the system itself.' }),
    action: Type.Enum(['redriven', 'edited', 'discarded', 'restored']),
    operation_id: nullable(Type.String(), 'The operation that it was part of.'),
    comment: nullable(Type.String(), 'Why, in the words of who did it.'),
    before: Type.Object(
      {
        cycle: Type.Integer(),
        attempt: Type.Integer(),
        reason: Type.String(),
        error_kind: Type.String(),
        error_message: Type.String(),
      },
      { description: 'How it had died.' },
    ),
    body_before: nullable(Type.String(), 'Of an edit: the body as it was, as text.'),
    body_after: nullable(Type.String(), 'Of an edit: the body that it was given.'),
  },
  { title: 'LetterEvent' },
);
export const LetterDetails = Type.Object(
  {
    ...Letter.properties,
    type: Type.String({ description: 'AMQP property `type`.' }),
    headers: Type.Record(Type.String(), Type.Unknown()),
    body: Type.Object({
      encoding: Type.Enum(['utf8', 'base64'], { description: 'base64 where it is no UTF-8 text.' }),
      text: Type.String(),
      bytes: Type.Integer({ description: 'Of the whole body.' }),
      cut: Type.Boolean({ description: 'Whether only its first 1,048,576 bytes are given.' }),
    }),
    redrivable: Type.Boolean({
      description: 'False where its body cannot be taken for this message: only an edit or a discard helps.',
    }),
    history: Type.Array(LetterEvent, { description: 'Oldest first.' }),
    log: Type.Enum(['complete', 'expired', 'unavailable'], {
      description: 'As `history` of GET /v0/orders/{message_id}.',
    }),
    timeline: Type.Array(TimelineAttempt),
  },
  { title: 'LetterDetails' },
);

/** `GET /v0/dead-letters/summary`. */
export const LetterSummary = Type.Object(
  {
    as_of: Time('When endput was read'),
    complete: Type.Boolean({ description: 'False while older rows are still being counted.' }),
    sources: Type.Array(
      Type.Object({
        source: Type.String(),
        dead: Type.Integer(),
        redriving: Type.Integer(),
        discarded: Type.Integer(),
        resolved: Type.Integer(),
      }),
    ),
    reasons: Type.Array(Type.Object({ reason: Type.String(), dead: Type.Integer() })),
    queue: nullable(Type.Integer(), 'Messages in dlq_queue, the mirror; null where the broker does not answer.'),
  },
  { title: 'LetterSummary' },
);
