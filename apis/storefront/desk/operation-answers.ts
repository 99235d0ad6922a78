import Type from 'typebox';
import { nullable } from '../shown.ts';
import { After, Limit, Next, Time, Uuid } from './answer-fields.ts';
import { LetterFilter } from './letter-answers.ts';

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
        dead_again: Type.Integer({
          description: 'Of these: died again, or their letter was deleted and nothing was seen of them since.',
        }),
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
