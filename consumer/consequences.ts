import { deadLetter } from '../rabbitmq/dead-letter.ts';
import type { Publication } from '../rabbitmq/publisher.ts';
import { returning, type RetryTransport, type ReturningMessage } from '../rabbitmq/retry-transport.ts';
import { recordPublications } from './attempt-records.ts';
import type { Decoded } from './decode.ts';
import { delayAfter, type RetryPolicy } from './retry-policy.ts';
import type { SettledAttempt } from './settled-attempt.ts';

/** What has to be done about settled attempts, before the rest of their deliveries is acknowledged. */
export interface Consequences {
  /** Attempt records, which have to be confirmed before anything else is published: see `messages`. */
  records: Publication[];
  /**
   * Retries and dead letters. Another consumer may take a retry farther while the confirms of this batch are lost with
   * their connection; its delivery that comes back is stale then, and nobody would put its attempt on record any more.
   */
  messages: Publication[];
  /** Deliveries that are given back to wait, and not acknowledged (transport native). */
  toWait: Decoded[];
}

/** What follows from settled attempts. */
export function consequencesOf(
  attempts: readonly SettledAttempt[],
  options: { policy: RetryPolicy; transport: RetryTransport; attemptLogTtl: number },
): Consequences {
  const records = recordPublications(
    attempts.filter(({ isRecorded }) => isRecorded !== true),
    { maxAttempts: options.policy.maxAttempts, ttl: options.attemptLogTtl },
  );
  const messages: Publication[] = [];
  const toWait: Decoded[] = [];
  for (const attempt of attempts) {
    if (attempt.what.outcome === 'retrying') {
      const retry = retryOf(attempt, attempt.what, options);
      if (retry === 'held') toWait.push(attempt.decoded);
      else messages.push(retry);
    } else if (attempt.what.outcome === 'dead') {
      const { reason, error } = attempt.what;
      messages.push(deadLetter(returningMessage(attempt, attempt.position.attempt), { reason, error: error.message }));
    }
  }
  return { records, messages, toWait };
}

/** The publication with which a retry waits or returns; `held` where the delivery itself waits. */
function retryOf(
  attempt: SettledAttempt,
  what: { dueAt: Date; heldDeliveries?: number },
  { policy, transport }: { policy: RetryPolicy; transport: RetryTransport },
): Publication | 'held' {
  if (transport.name === 'native' && what.heldDeliveries !== undefined) return 'held';
  const message = returningMessage(attempt, attempt.position.attempt + 1);
  // A retry that was decided by a consumer that died may be due already.
  if (what.dueAt.getTime() <= Date.now()) return returning(message);
  // One whose message of its own may not have been published: it waits here, and is finished when it is due.
  if (transport.name === 'native') return 'held';
  return transport.waiting(message, delayAfter(policy, attempt.position.attempt));
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
