import type { AttemptRecord } from './attempt-record.ts';

/** The log's database cannot be reached or cannot write now. Trying again later may help. */
export class AttemptLogUnavailableError extends Error {
  readonly code = 'ATTEMPT_LOG_UNAVAILABLE';
  override readonly name = 'AttemptLogUnavailableError';
}

/**
 * Where every attempt is kept for `ATTEMPT_LOG_TTL`. Two stores, chosen by the URL's scheme, hold the same documents and
 * forget them by the same rule.
 */
export interface AttemptLog {
  /** `mongodb` or `postgres`. */
  readonly store: string;
  /**
   * Makes what the log needs (collection or table, indexes, expiry); idempotent, and a TTL that was changed takes effect.
   * Rejects with an `AttemptLogUnavailableError`.
   */
  prepare(): Promise<void>;
  /**
   * Writes records; of each key the first one wins, here and in the store. Resolves with those that the store refuses
   * whenever they are written, each with the reason, after all others have been written. Rejects with an
   * `AttemptLogUnavailableError` when the store is away; then any part of them may have been written.
   */
  write(records: readonly AttemptRecord[]): Promise<RefusedRecord[]>;
  /** The attempts of one message in the order cycle, attempt. Rejects with an `AttemptLogUnavailableError`. */
  attemptsOf(messageId: string): Promise<AttemptRecord[]>;
  close(): Promise<void>;
}

export interface RefusedRecord {
  record: AttemptRecord;
  reason: string;
}
