/** Why an attempt failed, told apart by what it means for the message. */
export type FailureKind = 'transient' | 'invalid_message' | 'refused_by_endput' | 'consumer_crashed';

export interface Failure {
  kind: FailureKind;
  message: string;
}

/** What became of one attempt, `result` being what its handler made of the message. */
export type Outcome<T> = { kind: 'succeeded'; result: T } | { kind: 'failed'; failure: Failure };

/**
 * What a handler throws to say why it failed. It has no stack: nobody reads it, and to collect one costs more than anything
 * else that the process does about a failed attempt.
 */
class StacklessError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Thrown by a handler: the message can never be processed, so that another attempt is pointless. */
export class InvalidMessageError extends StacklessError {
  readonly code = 'INVALID_MESSAGE';
  override readonly name = 'InvalidMessageError';
}

/** Thrown by a handler: this attempt failed, another may succeed. Any other error means the same. */
export class TransientError extends StacklessError {
  readonly code = 'TRANSIENT';
  override readonly name = 'TransientError';
}

/** Longest error text that is kept, in characters. */
const LONGEST_MESSAGE = 1000;

/** Turns whatever a handler threw into a failure. */
export function failureOf(thrown: unknown): Failure {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return { kind: thrown instanceof InvalidMessageError ? 'invalid_message' : 'transient', message: storableText(text) };
}

/** A text that Postgres and a header can hold: well-formed, without NUL, at most 1,000 characters. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').slice(0, LONGEST_MESSAGE).toWellFormed();
}
