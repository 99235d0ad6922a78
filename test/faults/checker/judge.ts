import type { Deviation, DeviationKind } from './deviation.ts';
import { ofMessage } from './deviation.ts';
import type { Evidence } from './evidence.ts';
import { judgeAttempts } from './judge-attempts.ts';
import { judgeContent } from './judge-content.ts';
import { judgeDeadLetters } from './judge-dead-letters.ts';
import { judgeOutcome } from './judge-outcome.ts';

/** What the judgement of a message depends on besides its evidence. */
export interface Look {
  /** Nothing may be under way any more. */
  settled: boolean;
  maxAttempts: number;
  /** Milliseconds since 1970. */
  now: number;
  /** Attempts that ended before may have been deleted from the log, those after it may not. */
  logExpiredBefore: number;
  /** Records still wait in queue `attempt_log`, so that one that is missing may yet come. */
  recordsUnderWay: boolean;
  /** Whether the messages of `dlq_queue` were looked at, or only counted. */
  deadLettersSeen: boolean;
}

/** Where the row of a message stands. */
export type Place = 'unpublished' | 'in_flight' | 'stored' | 'waiting' | 'dead' | 'discarded' | 'lost';

export interface Verdict {
  /** Of a message without a row: where it stands in endput. */
  place: Place;
  deviations: Deviation[];
  /** Attempts that the log no longer has to have. */
  expired: number;
  /** Attempts that are not on record yet. */
  notYetRecorded: number;
  /** Messages in `dlq_queue` beyond the first of a dead letter: a crash may leave some, they harm nothing. */
  copies: number;
}

/** Judges all that is known of one message. A pure function. */
export function judge(evidence: Evidence, look: Look): Verdict {
  const missing = whyLost(evidence, look);
  const { deviations: wrongAttempts, expired, notYetRecorded } = judgeAttempts(evidence, look);
  const { deviations: wrongDeadLetters, copies } = judgeDeadLetters(evidence, look);
  return {
    place: missing?.kind === 'lost' ? 'lost' : placeOf(evidence),
    deviations: [
      ...(missing ? [missing] : []),
      ...(look.settled ? judgeUnderWay(evidence) : []),
      ...judgeDoubles(evidence, look),
      ...judgeOutcome(evidence, look),
      ...judgeContent(evidence),
      ...wrongAttempts,
      ...wrongDeadLetters,
    ],
    expired,
    notYetRecorded,
    copies,
  };
}

/** A stored order wins; a retry counts before the ledger while its message is redriven. */
function placeOf({ row, stored, waiting, ledger }: Evidence): Place {
  if (stored) return 'stored';
  if (ledger?.state === 'dead') return 'dead';
  if (ledger?.state === 'discarded') return 'discarded';
  if (waiting) return 'waiting';
  return row?.published === false && !ledger ? 'unpublished' : 'in_flight';
}

/** What endput does not know. One that left a trace elsewhere was there; one that left none may be in `primary_queue`. */
function whyLost({ messageId, row, stored, waiting, ledger, records, queued }: Evidence, look: Look) {
  if (stored || waiting) return undefined;
  const found = (kind: DeviationKind, detail: string) => ofMessage(kind, messageId, detail);
  if (ledger) {
    return ledger.state === 'resolved' ? found('lost', 'the ledger says resolved, and no order is stored') : undefined;
  }
  const last = Math.max(...records.map(({ position }) => position.attempt));
  if (!row) {
    return records.length > 0
      ? found('attempt_of_nothing', `attempt ${last} is on record, nothing else is`)
      : undefined;
  }
  const whose = `row ${row.content.id} of ${row.content.system}`;
  if (records.length > 0) return found('lost', `${whose}: attempt ${last} is on record, endput knows nothing of it`);
  if (queued.length > 0) return found('lost', `${whose}: it is in dlq_queue, endput knows nothing of it`);
  return row.published && look.settled ? found('lost', `${whose}: published, and nowhere to be found`) : undefined;
}

function judgeUnderWay({ messageId, stored, waiting, ledger }: Evidence): Deviation[] {
  if (waiting) return [ofMessage('under_way', messageId, `it waits after attempt ${waiting.position.attempt}`)];
  return !stored && ledger?.state === 'redriving' ? [ofMessage('under_way', messageId, 'it is being redriven')] : [];
}

/** Milliseconds after which a retry that is overdue has no excuse: the sweeper removes what a race left behind. */
const RETRY_GRACE = 60_000;

function judgeDoubles({ messageId, stored, waiting, ledger }: Evidence, look: Look): Deviation[] {
  const places = [
    ...(stored ? [`stored at attempt ${stored.position.attempt}`] : []),
    ...(ledger && (stored ? ledger.state !== 'resolved' : ledger.state === 'dead')
      ? [`${ledger.state} in the ledger`]
      : []),
    ...(waiting && (look.settled || waiting.dueAt + RETRY_GRACE < look.now) ? ['waiting for a retry'] : []),
  ];
  return places.length > 1 ? [ofMessage('doubled', messageId, places.join(' and '))] : [];
}
