import { ofMessage, type Deviation, type DeviationKind } from './deviation.ts';
import { comparePositions, type Evidence, type QueuedDeadLetter } from './evidence.ts';

/**
 * The ledger against `dlq_queue`: each dead letter has its message, and each message was once in the ledger. A message
 * of an earlier position stays in the queue when its dead letter is redriven, resolved or discarded, and a crash between
 * publishing and acknowledging leaves a copy; neither is a fault.
 */
export function judgeDeadLetters(
  { messageId, ledger, queued }: Evidence,
  { deadLettersSeen }: { deadLettersSeen: boolean },
): { deviations: Deviation[]; copies: number } {
  if (!deadLettersSeen) return { deviations: [], copies: 0 };
  const found = (kind: DeviationKind, detail: string) => ofMessage(kind, messageId, detail);
  if (!ledger) {
    const [first] = queued;
    if (!first) return { deviations: [], copies: 0 };
    return { deviations: [found('dead_letter_not_in_ledger', inWords(first))], copies: queued.length - 1 };
  }
  const here = queued.filter(({ position }) => comparePositions(position, ledger.position) === 0);
  const deviations = queued
    .filter(({ position }) => comparePositions(position, ledger.position) > 0)
    .map((message) => found('dead_letter_not_in_ledger', inWords(message)));
  if (ledger.state === 'dead' && here.length === 0) {
    deviations.push(found('dead_letter_not_in_queue', inWords(ledger)));
  }
  const other = here.find(({ reason, bodyHash }) => reason !== ledger.reason || bodyHash !== ledger.bodyHash);
  if (other) {
    const what = other.reason === ledger.reason ? 'the bodies differ' : `the ledger says ${ledger.reason}`;
    deviations.push(found('dead_letter_differs', `${inWords(other)} in dlq_queue, ${what}`));
  }
  // What is no longer dead needs no message any more.
  return { deviations, copies: Math.max(0, here.length - (ledger.state === 'dead' ? 1 : 0)) };
}

const inWords = ({ reason, position }: Omit<QueuedDeadLetter, 'bodyHash'>): string =>
  `${reason} at attempt ${position.attempt}${position.cycle === 0 ? '' : ` of cycle ${position.cycle}`}`;
