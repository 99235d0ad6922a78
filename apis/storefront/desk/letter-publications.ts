import type { TakenLetter } from '../../../db/endput/desk-steps.ts';
import type { OperationKind } from '../../../db/endput/desk-operations.ts';
import { deadLetter } from '../../../rabbitmq/dead-letter.ts';
import { readHeaders } from '../../../rabbitmq/headers.ts';
import { asOrderMessage, claimedMessageId, parseBody } from '../../../rabbitmq/order-message.ts';
import type { Publication } from '../../../rabbitmq/publisher.ts';
import { returning, type ReturningMessage } from '../../../rabbitmq/retry-transport.ts';
import { DEAD_LETTER_QUEUE } from '../../../rabbitmq/topology.ts';

/** A letter as the ledger has it. */
type Letter = Omit<TakenLetter, 'seq'>;

/**
 * Whether a consumer would take this body for this message. One that was filed under the id of its body, because it claims
 * no id or another, would be filed there again, and be stale.
 */
export function isRedrivable(body: Buffer, messageId: string): boolean {
  try {
    return claimedMessageId(parseBody(body)) === messageId;
  } catch {
    return false;
  }
}

/** The source that the body of an edit names; it was checked when it was ordered. */
export const sourceOf = (body: Buffer): string =>
  asOrderMessage(parseBody(body)).origin.system.replaceAll('\0', '').toWellFormed();

function messageOf(letter: Letter, attempt: number): ReturningMessage {
  return {
    messageId: letter.messageId,
    type: letter.type,
    appId: letter.source,
    headers: { attempt, cycle: letter.cycle, ...traceparentOf(letter.headers) },
    body: letter.body,
  };
}

function traceparentOf(headers: Record<string, unknown>): { traceparent?: string } {
  try {
    const { traceparent } = readHeaders(headers);
    return traceparent === undefined ? {} : { traceparent };
  } catch {
    return {};
  }
}

/** A letter on its way to be processed again, from its first attempt on. */
export const redriven = (letter: Letter): Publication => returning(messageOf(letter, 1));

/** A letter on its way to everybody who wants to know of dead letters. */
export const mirrored = (letter: Letter): Publication =>
  deadLetter(messageOf(letter, Math.max(1, letter.attempt)), { reason: letter.reason, error: letter.errorMessage });

/** The same for the mirror alone: others who are bound to the exchange have had it. */
export const mirroredAgain = (letter: Letter, mark: { header: string; value: string }): Publication => {
  const publication = mirrored(letter);
  return {
    ...publication,
    exchange: '',
    routingKey: DEAD_LETTER_QUEUE,
    headers: { ...publication.headers, [mark.header]: mark.value },
  };
};

/** What has to be published about letters once the ledger is changed. */
export function publicationsOf(kind: OperationKind, letters: readonly Letter[]): Publication[] {
  switch (kind) {
    case 'redrive':
    case 'edit':
      return letters.map(redriven);
    case 'restore':
      return letters.map(mirrored);
    case 'discard':
      return [];
  }
}
