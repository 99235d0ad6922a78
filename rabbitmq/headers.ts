/**
 * The headers that are ours. Never `x-*`: those belong to the broker, and a copy of them (`x-death`,
 * `x-delivery-count`) would speak of another message's past.
 */
export const HEADERS = {
  /** 1-based number of the attempt that this delivery asks for. */
  attempt: 'attempt',
  /** 0, and one more with each redrive from the dead-letter ledger. */
  cycle: 'cycle',
  /** W3C Trace Context of the order. */
  traceparent: 'traceparent',
  /** On dead letters: why, and after which failure. */
  reason: 'dead-letter-reason',
  error: 'dead-letter-error',
  /** On messages of `dlq_queue` that a sweep has put there: which one, so that it knows where it began. */
  sweep: 'dead-letter-sweep',
} as const;

/** Milliseconds that the delayed-message exchange holds a message; the one `x-` header that we set. */
export const DELAY_HEADER = 'x-delay';

export interface OwnHeaders {
  attempt: number;
  cycle: number;
  traceparent?: string;
}

/** The headers of a publication: ours only. */
export function writeHeaders(headers: OwnHeaders): Record<string, string | number> {
  return {
    [HEADERS.attempt]: headers.attempt,
    [HEADERS.cycle]: headers.cycle,
    ...(headers.traceparent === undefined ? {} : { [HEADERS.traceparent]: headers.traceparent }),
  };
}

/** A header of ours holds something that it cannot hold. */
export class HeaderError extends Error {
  readonly code = 'HEADER_INVALID';
  override readonly name = 'HeaderError';
}

/** No setting allows more attempts, so a higher number is forged. */
const HIGHEST_ATTEMPT = 100;
/** What endput can keep of a cycle (a Postgres `integer`). */
const HIGHEST_CYCLE = 2 ** 31 - 1;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Reads our headers; a missing one takes the value of a first attempt, so that a message published by hand works.
 * Throws a `HeaderError` naming the header at fault.
 */
export function readHeaders(headers: Record<string, unknown> | undefined): OwnHeaders {
  const attempt = wholeNumber(headers, HEADERS.attempt, 1, 1, HIGHEST_ATTEMPT);
  const cycle = wholeNumber(headers, HEADERS.cycle, 0, 0, HIGHEST_CYCLE);
  const traceparent = headers?.[HEADERS.traceparent];
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent)
    ? { attempt, cycle, traceparent }
    : { attempt, cycle };
}

function wholeNumber(
  headers: Record<string, unknown> | undefined,
  name: string,
  preset: number,
  lowest: number,
  highest: number,
): number {
  const value = headers?.[name];
  if (value === undefined) return preset;
  if (typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new HeaderError(`header "${name}" must be a whole number from ${lowest} to ${highest}`);
}
