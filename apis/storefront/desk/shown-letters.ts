import type { Static } from 'typebox';
import { MOST_BODY_BYTES, type DeadLetterContent, type DeadLetterRow } from '../../../db/endput/dead-letters.ts';
import type { LetterGroup as CountedGroup } from '../../../db/endput/letter-groups.ts';
import type { LetterEventRow } from '../../../db/endput/letter-history.ts';
import type { CountedTotals } from '../../../db/endput/totals.ts';
import type { Letter, LetterDetails, LetterEvent, LetterGroup, LetterSummary } from './letter-answers.ts';

export const shownLetter = (row: DeadLetterRow): Static<typeof Letter> => ({
  message_id: row.messageId,
  state: row.state,
  source: row.source,
  reason: row.reason,
  error_kind: row.errorKind,
  error_message: row.errorMessage,
  cause_key: row.causeKey,
  product: row.product,
  cycle: row.cycle,
  attempt: row.attempt,
  first_seen_at: row.firstSeenAt.toISOString(),
  died_at: row.diedAt.toISOString(),
});

export const shownGroup = (group: CountedGroup): Static<typeof LetterGroup> => ({
  cause_key: group.causeKey,
  cause: group.cause,
  reason: group.reason,
  error_kind: group.errorKind,
  count: group.letters,
  first_died_at: group.firstDiedAt.toISOString(),
  last_died_at: group.lastDiedAt.toISOString(),
  sources: group.sources.map(({ source, letters }) => ({ source, count: letters })),
  example: {
    message_id: group.example.messageId,
    product: group.example.product,
    error_message: group.example.errorMessage,
  },
});

/** A body as text where it is UTF-8, else as base64. */
export function shownBody({ body, bodyBytes }: DeadLetterContent): Static<typeof LetterDetails>['body'] {
  const cut = bodyBytes > MOST_BODY_BYTES;
  try {
    // Of a body that was cut, half a character at its end is left out.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body, { stream: cut });
    return { encoding: 'utf8', text, bytes: bodyBytes, cut };
  } catch {
    return { encoding: 'base64', text: body.toString('base64'), bytes: bodyBytes, cut };
  }
}

/** What was done to a letter. Bodies of an edit as text: what is no UTF-8 in them is replaced. */
export const shownEvent = (event: LetterEventRow): Static<typeof LetterEvent> => ({
  at: event.at.toISOString(),
  actor: event.actor,
  action: event.action,
  operation_id: event.operationId,
  comment: event.comment,
  before: event.before,
  body_before: event.bodyBefore?.toString() ?? null,
  body_after: event.bodyAfter?.toString() ?? null,
});

/** The dead letters of all sources, by state and by reason. */
export function shownSummary(
  totals: CountedTotals,
  queue: number | undefined,
  now: Date,
): Static<typeof LetterSummary> {
  const sources = new Map<string, Static<typeof LetterSummary>['sources'][number]>();
  const reasons = new Map<string, number>();
  for (const { source, reason, state, letters } of totals.deadLetters) {
    const counts = sources.get(source) ?? { source, dead: 0, redriving: 0, discarded: 0, resolved: 0 };
    if (state === 'dead' || state === 'redriving' || state === 'discarded' || state === 'resolved') {
      counts[state] += letters;
    }
    if (state === 'dead') reasons.set(reason, (reasons.get(reason) ?? 0) + letters);
    sources.set(source, counts);
  }
  return {
    as_of: now.toISOString(),
    complete: totals.complete,
    sources: [...sources.values()].sort((a, b) => (a.source < b.source ? -1 : 1)),
    reasons: [...reasons].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, dead]) => ({ reason, dead })),
    queue: queue ?? null,
  };
}
