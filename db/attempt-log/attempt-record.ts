import Type, { type Static } from 'typebox';

/** What became of one attempt. */
export const AttemptOutcome = Type.Enum(['succeeded', 'retrying', 'dead']);
export type AttemptOutcome = Static<typeof AttemptOutcome>;

const ISO_TIME = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$';
const UUID = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

/**
 * One attempt on record. Its key is `message_id:cycle:attempt`, and the first record of a key wins, so that writing it
 * again is harmless. `origin` and `order` are missing where the message could not be read.
 */
export const AttemptRecord = Type.Object({
  message_id: Type.String({ pattern: UUID }),
  cycle: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
  processing: Type.Object({
    processing_attempts: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
    processing_info: Type.String(),
    processing_times: Type.Optional(Type.Integer()),
  }),
  origin: Type.Optional(Type.Object({})),
  order: Type.Optional(Type.Object({})),
  /** ISO 8601, UTC. The record expires `ATTEMPT_LOG_TTL` after it. */
  processed_at: Type.String({ pattern: ISO_TIME }),
  outcome: AttemptOutcome,
  error: Type.Optional(Type.Object({ kind: Type.String(), message: Type.String() })),
  /** ISO 8601, UTC; only with outcome `retrying`. */
  next_attempt_at: Type.Optional(Type.String({ pattern: ISO_TIME })),
  /** `host:pid` of the consumer. */
  consumer: Type.String(),
  /** Missing where the attempt was finished by another process than the one that ran it. */
  duration_ms: Type.Optional(Type.Number()),
});
export type AttemptRecord = Static<typeof AttemptRecord>;

/** `message_id:cycle:attempt`. */
export function attemptKey(record: AttemptRecord): string {
  return `${record.message_id}:${record.cycle}:${record.processing.processing_attempts}`;
}

/** The instant that a date of a record names. Throws a `RangeError` where it names none. */
export function instantOf(date: string): Date {
  const instant = new Date(date);
  if (Number.isNaN(instant.getTime())) throw new RangeError(`"${date}" is no date`);
  return instant;
}
