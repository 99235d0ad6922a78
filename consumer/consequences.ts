import { HEADERS, writeHeaders } from '../rabbitmq/headers.ts';
import type { Publication } from '../rabbitmq/publisher.ts';
import { returning, type RetryTransport, type ReturningMessage } from '../rabbitmq/retry-transport.ts';
import { DEAD_LETTER_EXCHANGE } from '../rabbitmq/topology.ts';
import { recordPublications } from './attempt-records.ts';
import { delayAfter, type RetryPolicy } from './retry-policy.ts';
import type { SettledAttempt } from './settled-attempt.ts';

/** Longest error text in a header, in characters: the header table of a message must stay small. */
const LONGEST_HEADER_TEXT = 200;

/** Everything that has to be published about settled attempts: retries, dead letters and attempt records. */
export function consequencesOf(
  attempts: readonly SettledAttempt[],
  options: { policy: RetryPolicy; transport: RetryTransport; attemptLogTtl: number },
): Publication[] {
  if (attempts.length === 0) return [];
  const publications = recordPublications(attempts, {
    maxAttempts: options.policy.maxAttempts,
    ttl: options.attemptLogTtl,
  });
  for (const attempt of attempts) {
    if (attempt.what.outcome === 'retrying') {
      publications.push(retryPublication(attempt, attempt.what.dueAt, options));
    } else if (attempt.what.outcome === 'dead') {
      publications.push(deadLetterPublication(attempt, attempt.what));
    }
  }
  return publications;
}

function retryPublication(
  attempt: SettledAttempt,
  dueAt: Date,
  { policy, transport }: { policy: RetryPolicy; transport: RetryTransport },
): Publication {
  const message = returningMessage(attempt, attempt.position.attempt + 1);
  // A retry that was decided by a consumer that died may be due already.
  if (dueAt.getTime() <= Date.now()) return returning(message);
  return transport.waiting(message, delayAfter(policy, attempt.position.attempt));
}

function deadLetterPublication(
  attempt: SettledAttempt,
  what: { reason: string; error: { message: string } },
): Publication {
  const message = returningMessage(attempt, attempt.position.attempt);
  return {
    ...returning(message),
    exchange: DEAD_LETTER_EXCHANGE,
    routingKey: '',
    headers: {
      ...writeHeaders(message.headers),
      [HEADERS.reason]: what.reason,
      [HEADERS.error]: what.error.message.slice(0, LONGEST_HEADER_TEXT).toWellFormed(),
    },
  };
}

function returningMessage({ decoded, position }: SettledAttempt, attempt: number): ReturningMessage {
  const { traceparent } = decoded.headers;
  return {
    messageId: decoded.messageId,
    type: decoded.type,
    appId: decoded.source,
    headers: { attempt, cycle: position.cycle, ...(traceparent !== undefined && { traceparent }) },
    body: decoded.delivery.content,
  };
}
