import Type, { type Static } from 'typebox';
import { TimelineAttempt } from '../order-answers.ts';
import { nullable } from '../shown.ts';
import { UUID_PATTERN } from '../uuid.ts';

/** What the endpoints of the desk are asked and answer. Times are ISO 8601 in UTC, keys are those of the ledger. */
const Uuid = (description: string) => Type.String({ pattern: UUID_PATTERN, description });
const Time = (description: string) => Type.String({ description: `${description}; ISO 8601, UTC.` });
const TimeAsked = (description: string) => Type.String({ maxLength: 40, description: `${description}; ISO 8601.` });
const Next = nullable(Type.String(), 'For the page after this one, give it as `after`; null where none is left.');
const After = Type.Optional(
  Type.String({ minLength: 1, maxLength: 200, description: 'What the page before said as `next`.' }),
);
const Limit = Type.Integer({ default: 50, minimum: 1, maximum: 200, description: 'Rows of a page.' });
export const PageQuery = Type.Object({ after: After, limit: Limit }, { additionalProperties: false });

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

// ---- What an operator orders

const Selection = Type.Union(
  [
    Type.Object(
      { message_ids: Type.Array(Uuid('Message id.'), { minItems: 1, maxItems: 1_000 }) },
      { additionalProperties: false },
    ),
    Type.Object(
      { filter: LetterFilter },
      {
        additionalProperties: false,
        description: 'All that fit now; an empty filter means every one. Its state is set by what is ordered.',
      },
    ),
  ],
  { description: 'Frozen when it is ordered: what dies later is not part of it.' },
);
const Comment = Type.Optional(Type.String({ maxLength: 1_000, description: 'Why; kept in the history.' }));
const DryRun = Type.Boolean({ default: false, description: 'Only say what would happen; nothing moves.' });

/** `POST /v0/dead-letters/redrive`. */
export const RedriveOrder = Type.Object(
  {
    selection: Selection,
    rate: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'Messages a second at most; without it, as fast as it goes.',
      }),
    ),
    canary: Type.Optional(
      Type.Object(
        {
          max_dead_share: Type.Number({
            minimum: 0,
            maximum: 1,
            default: 0,
            description: 'Stops where more than this share of a step dies again.',
          }),
        },
        { additionalProperties: false, description: 'Sends 1, waits for its outcome, then 10, 100, ... .' },
      ),
    ),
    comment: Comment,
    dry_run: Type.Optional(DryRun),
  },
  { additionalProperties: false, title: 'RedriveOrder' },
);
/** `POST /v0/dead-letters/discard`. */
export const DiscardOrder = Type.Object(
  {
    selection: Selection,
    reason: Type.String({ minLength: 1, maxLength: 1_000, pattern: '\\S', description: 'Why they are given up.' }),
    dry_run: Type.Optional(DryRun),
  },
  { additionalProperties: false, title: 'DiscardOrder' },
);
/** `POST /v0/dead-letters/restore`: undoes a discard. */
export const RestoreOrder = Type.Object(
  { selection: Selection, comment: Comment, dry_run: Type.Optional(DryRun) },
  { additionalProperties: false, title: 'RestoreOrder' },
);
/** `POST /v0/dead-letters/{message_id}/edit`: gives the message another body and redrives it. */
export const EditOrder = Type.Object(
  {
    body: Type.Object(
      {},
      { additionalProperties: true, description: 'The whole message, schema version 1; its message_id cannot change.' },
    ),
    /** So that nobody overwrites what somebody else did in the meantime. */
    cycle: Type.Integer({
      minimum: 0,
      description: 'The cycle of the dead letter as it was shown; 409 where it has another.',
    }),
    comment: Comment,
  },
  { additionalProperties: false, title: 'EditOrder' },
);

/** What a dry run answers (200). */
export const DryRunAnswer = Type.Object(
  {
    count: Type.Integer({ description: 'Dead letters that fit.' }),
    not_redrivable: Type.Integer({ description: 'Of these: only an edit or a discard helps.' }),
    sources: Type.Array(Type.Object({ source: Type.String(), count: Type.Integer() })),
    causes: Type.Array(Type.Object({ cause_key: Type.String(), cause: Type.String(), count: Type.Integer() }), {
      description: 'The 20 largest.',
    }),
  },
  { title: 'DryRunAnswer' },
);

/** What was ordered, and how far it has come; 202 answers of the orders above. */
export const Operation = Type.Object(
  {
    id: Type.String({ description: 'UUID.' }),
    kind: Type.Enum(['redrive', 'discard', 'restore', 'edit']),
    state: Type.Enum(['running', 'paused', 'stopped', 'cancelled', 'done'], {
      description:
        'stopped: by its canary; it can be resumed. done: everything is sent (or marked); outcomes may still come in.',
    }),
    state_reason: nullable(Type.String(), 'Why it is stopped or waits (broker or endput away), in words.'),
    actor: Type.String(),
    comment: nullable(Type.String(), 'Comment, or reason of a discard.'),
    filter: nullable(LetterFilter, 'Null where single messages were chosen.'),
    rate: nullable(Type.Integer(), 'Messages a second.'),
    canary: nullable(
      Type.Object({
        max_dead_share: Type.Number(),
        step: Type.Integer({ description: 'Messages of the step that is sent or waited for: 1, 10, 100, ... .' }),
      }),
      'Null where there is none.',
    ),
    ordered_at: Time('When'),
    finished_at: nullable(Time('When everything was sent, or it was cancelled'), 'Null before.'),
    messages: Type.Object(
      {
        total: Type.Integer({ description: 'The frozen set.' }),
        waiting: Type.Integer({ description: 'Not sent yet.' }),
        sent: Type.Integer({ description: 'Sent, or marked; the three outcomes included.' }),
        stored: Type.Integer({ description: 'Of these: their order is stored.' }),
        dead_again: Type.Integer({ description: 'Of these: died again.' }),
        skipped: Type.Integer({ description: 'Left alone: somebody else was faster, or not redrivable.' }),
      },
      { description: 'A cancelled operation leaves its waiting ones alone.' },
    ),
  },
  { title: 'Operation' },
);
export const OperationPage = Type.Object(
  { operations: Type.Array(Operation, { description: 'Newest first.' }), next: Next },
  { title: 'OperationPage' },
);

/** `GET /v0/operations/{id}/messages`: the frozen set, and what became of each message. */
export const OperationMessageState = Type.Enum(['waiting', 'sent', 'marked', 'stored', 'dead_again', 'skipped'], {
  description:
    'waiting: not reached yet. sent: its outcome is not known yet. marked: discarded or restored. stored: its order is ' +
    'stored. dead_again: it died again. skipped: left alone, see `skipped_because`.',
});
export const OperationMessageQuery = Type.Object(
  { state: Type.Optional(OperationMessageState), after: After, limit: Limit },
  { additionalProperties: false },
);
export const OperationMessage = Type.Object(
  {
    place: Type.Integer({ description: 'In the set, from 1; what died first comes first.' }),
    message_id: Type.String(),
    state: OperationMessageState,
    skipped_because: nullable(Type.String(), 'Why it was left alone, in words; null where it was not.'),
    cycle: Type.Integer({ description: 'This and the following: how it had died when the set was frozen.' }),
    attempt: Type.Integer(),
    reason: Type.String(),
    error_kind: Type.String(),
    error_message: Type.String(),
    acted_at: nullable(Time('When the ledger was changed for it'), 'Null where it was not.'),
  },
  { title: 'OperationMessage' },
);
export const OperationMessagePage = Type.Object(
  { messages: Type.Array(OperationMessage, { description: 'In the order of the set.' }), next: Next },
  { title: 'OperationMessagePage' },
);

/** `GET /v0/dead-letters/sweep`, and what `POST` there answers (202): the sweep of dlq_queue, which mirrors the ledger. */
export const Sweep = Type.Object(
  {
    wanted: Type.Boolean({ description: 'Asked for, and not carried through yet.' }),
    last: nullable(
      Type.Object({
        began_at: Time('When it began'),
        ended_at: Time('When it ended'),
        looked_at: Type.Integer({ description: 'Messages of the queue.' }),
        stale: Type.Integer({ description: 'Taken out: copies that the ledger has left behind, and second ones.' }),
        kept: Type.Integer(),
        unknown: Type.Integer({ description: 'The ledger does not know them; they were left there.' }),
        published: Type.Integer({ description: 'Letters that the queue lacked.' }),
      }),
      'The last one that was carried through; null before the first.',
    ),
  },
  { title: 'Sweep' },
);

// ---- Who may do it

/** `POST /v0/login`; the token is also set as a cookie that no script can read. */
export const LoginOrder = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    password: Type.String({ minLength: 1, maxLength: 1_000 }),
  },
  { additionalProperties: false, title: 'LoginOrder' },
);
/** Also `GET /v0/session` (401 where nobody is logged in; without the token) and `POST /v0/session/renew`. */
export const Session = Type.Object(
  {
    name: Type.String(),
    role: Type.Enum(['viewer', 'operator']),
    expires_at: Time('When the token ends'),
    token: Type.Optional(
      Type.String({ description: 'For clients that are no browser: `Authorization: Bearer <token>`.' }),
    ),
  },
  { title: 'Session' },
);

// ---- The books

/** `GET /v0/balance`. */
export const Balance = Type.Object(
  {
    as_of: Time('When it was read'),
    complete: Type.Boolean({
      description: 'False while older rows are still being counted: the numbers are then too low.',
    }),
    quiet: Type.Boolean({
      description:
        'Nothing is under way: no run, nothing in primary_queue or in hand, no retry, nothing redriven. Where rows do not ' +
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
        in_flight: nullable(Type.Integer(), 'What remains: published and not settled for good.'),
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
