/** Every kind of deviation, with what it means. */
export const DEVIATIONS = {
  under_way: 'something is still under way although the books are said to be settled',
  lost: 'published, and neither stored, nor waiting, nor dead, nor in primary_queue',
  doubled: 'in two places at once',
  wrong_outcome: 'stored, dead, or dead for a reason, otherwise than its row demands',
  wrong_attempt: 'stands at another attempt than its row demands',
  wrong_content: 'what is kept differs from the row',
  no_source: 'in endput, and no source has its row',
  attempt_missing: 'an attempt is not on record',
  attempt_doubled: 'an attempt is on record more than once',
  attempt_too_high: 'an attempt is on record that was not to be',
  attempt_differs: 'what is on record of an attempt contradicts what became of it',
  attempt_of_nothing: 'on record, and neither a source nor endput knows the message',
  dead_letter_not_in_queue: 'in the ledger, and its message is not in dlq_queue',
  dead_letter_not_in_ledger: 'in dlq_queue, and the ledger does not have it',
  dead_letter_differs: 'ledger and dlq_queue say different things',
} as const;
export type DeviationKind = keyof typeof DEVIATIONS;

/** One thing that is not as it has to be. */
export interface Deviation {
  kind: DeviationKind;
  /** A message id, or the name of a queue or table where only numbers are known. */
  about: string;
  detail: string;
  /** By this a second look knows it again: numbers may change while work flows, what is wrong with a message does not. */
  key: string;
}

export const ofMessage = (kind: DeviationKind, messageId: string, detail: string): Deviation => ({
  kind,
  about: messageId,
  detail,
  key: `${kind} ${messageId} ${detail}`,
});

export const ofNumbers = (kind: DeviationKind, about: string, detail: string): Deviation => ({
  kind,
  about,
  detail,
  key: `${kind} ${about}`,
});
