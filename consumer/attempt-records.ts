import { hostname } from 'node:os';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { AttemptRecord, type AttemptOutcome } from '../db/attempt-log/attempt-record.ts';
import type { Publication } from '../rabbitmq/publisher.ts';
import { ATTEMPTS_EXCHANGE } from '../rabbitmq/topology.ts';
import type { SettledAttempt } from './settled-attempt.ts';

/** What a record is made of. */
export interface RecordedAttempt extends Omit<SettledAttempt, 'decoded'> {
  decoded: Pick<SettledAttempt['decoded'], 'messageId' | 'content'>;
}

/** `host:pid` of this process. */
const CONSUMER = `${hostname()}:${process.pid}`;

const validator = Compile(Type.Array(AttemptRecord));

/** Largest body of a message with attempt records, in bytes. */
const MAX_BATCH_BYTES = 256 * 1024;

/**
 * The messages that carry attempt records to the log: one message an outcome, and more where it would be larger than
 * 256 KiB. They expire with the log's TTL (ms), since a record would by then have expired there too.
 */
export function recordPublications(
  attempts: readonly RecordedAttempt[],
  options: { maxAttempts: number; ttl: number },
): Publication[] {
  const byOutcome = new Map<AttemptOutcome, string[]>();
  for (const attempt of attempts) {
    const record = JSON.stringify(recordOf(attempt, options.maxAttempts));
    const records = byOutcome.get(attempt.what.outcome);
    if (records) records.push(record);
    else byOutcome.set(attempt.what.outcome, [record]);
  }
  return [...byOutcome].flatMap(([outcome, records]) =>
    batchesOf(records).map((body) => ({
      exchange: ATTEMPTS_EXCHANGE,
      routingKey: outcome,
      body,
      headers: {},
      mandatory: true,
      type: 'attempts',
      expiration: options.ttl,
    })),
  );
}

function batchesOf(records: readonly string[]): Buffer[] {
  const bodies: Buffer[] = [];
  let batch: string[] = [];
  let size = 2;
  for (const record of records) {
    const bytes = Buffer.byteLength(record) + 1;
    if (batch.length > 0 && size + bytes > MAX_BATCH_BYTES) {
      bodies.push(Buffer.from(`[${batch.join(',')}]`));
      batch = [];
      size = 2;
    }
    batch.push(record);
    size += bytes;
  }
  bodies.push(Buffer.from(`[${batch.join(',')}]`));
  return bodies;
}

/** The record of an attempt, see `db/attempt-log/attempt-record.ts`. */
export function recordOf(settled: RecordedAttempt, maxAttempts: number): AttemptRecord {
  const { decoded, position, what } = settled;
  const message = decoded.content.kind === 'message' ? decoded.content.message : undefined;
  return {
    message_id: decoded.messageId,
    cycle: position.cycle,
    processing: {
      processing_attempts: position.attempt,
      processing_info: infoOf(what.outcome, position.attempt, maxAttempts),
      ...(message && { processing_times: message.processing.processing_times }),
    },
    ...(message && { origin: message.origin, order: message.order }),
    processed_at: settled.at.toISOString(),
    outcome: what.outcome,
    ...(what.outcome !== 'succeeded' && { error: what.error }),
    ...(what.outcome === 'retrying' && { next_attempt_at: what.dueAt.toISOString() }),
    consumer: CONSUMER,
    ...(settled.durationMs !== undefined && { duration_ms: Math.round(settled.durationMs * 1000) / 1000 }),
  };
}

function infoOf(outcome: AttemptOutcome, attempt: number, maxAttempts: number): string {
  switch (outcome) {
    case 'succeeded':
      return `SUCCESS at the ${attempt} attempt.`;
    case 'retrying':
      return `It was not successful at the ${attempt} attempt.`;
    case 'dead':
      return `FAIL to process message - sent to DLQ. Attempt: ${attempt}/${maxAttempts}`;
  }
}

/** The records that a message of queue `attempt_log` carries. Throws when it carries anything else. */
export function readRecords(body: Buffer): AttemptRecord[] {
  const records: unknown = JSON.parse(body.toString());
  if (!validator.Check(records)) throw new TypeError('the body is no list of attempt records');
  return records;
}
