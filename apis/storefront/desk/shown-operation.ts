import type { Static } from 'typebox';
import type { DeskOperation } from '../../../db/endput/desk-operations.ts';
import type { SweepState } from '../../../db/endput/dead-letter-sweep.ts';
import type { OperationMessageRow } from '../../../db/endput/operation-messages.ts';
import type { Operation, OperationMessage, Sweep } from './operation-answers.ts';

/** An operation as the API shows it. */
export const shownOperation = (operation: DeskOperation): Static<typeof Operation> => ({
  id: operation.id,
  kind: operation.kind,
  state: operation.state,
  state_reason: operation.stateReason,
  actor: operation.actor,
  comment: operation.comment,
  // It was checked when it was asked for.
  filter: operation.filter,
  rate: operation.rate,
  canary:
    operation.maxDeadShare === null
      ? null
      : { max_dead_share: operation.maxDeadShare, step: operation.canaryStep ?? 1 },
  ordered_at: operation.orderedAt.toISOString(),
  finished_at: operation.finishedAt?.toISOString() ?? null,
  messages: {
    total: operation.total,
    waiting: operation.total - operation.sent - operation.skipped,
    sent: operation.sent,
    stored: operation.stored,
    dead_again: operation.deadAgain,
    skipped: operation.skipped,
  },
});

/** A message of an operation's set as the API shows it. */
export const shownOperationMessage = (row: OperationMessageRow): Static<typeof OperationMessage> => ({
  place: row.place,
  message_id: row.messageId,
  state: row.state,
  skipped_because: row.skippedBecause,
  cycle: row.cycle,
  attempt: row.attempt,
  reason: row.reason,
  error_kind: row.errorKind,
  error_message: row.errorMessage,
  acted_at: row.actedAt?.toISOString() ?? null,
});

/** The sweep as the API shows it. */
export const shownSweep = (state: SweepState): Static<typeof Sweep> => ({
  wanted: state.isWanted,
  last:
    state.beganAt === null || state.endedAt === null
      ? null
      : {
          began_at: state.beganAt.toISOString(),
          ended_at: state.endedAt.toISOString(),
          looked_at: state.lookedAt,
          stale: state.stale,
          kept: state.kept,
          unknown: state.unknown,
          published: state.published,
        },
});
