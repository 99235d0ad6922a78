import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { AttemptRecord } from '../../db/attempt-log/attempt-record.ts';
import { shortened } from './product-list.ts';
import type { AttemptEvent } from './shown.ts';

const validator = Compile(Type.Array(AttemptRecord));

/** The records that a message of exchange `attempts` carries; undefined where it carries anything else. */
export function readAttemptRecords(body: Buffer): AttemptRecord[] | undefined {
  try {
    const records: unknown = JSON.parse(body.toString());
    return validator.Check(records) ? records : undefined;
  } catch {
    return undefined;
  }
}

/** Whose order a record is about, as the feed has it: a name comes from the message, and may be long. */
export const feedSourceOf = (record: AttemptRecord): string => shortened(sourceOf(record));

/** Whose order a record is about; `unknown`, as in the ledger, where the message could not be read. */
export function sourceOf(record: AttemptRecord): string {
  return textOf(record.origin, 'system') ?? 'unknown';
}

/** A record in the form in which the feed shows it. */
export function attemptEventOf(record: AttemptRecord): AttemptEvent {
  const { processing, outcome, error, order } = record;
  return {
    message_id: record.message_id,
    cycle: record.cycle,
    attempt: processing.processing_attempts,
    outcome,
    source: feedSourceOf(record),
    source_id: integerOf(order, 'id'),
    product: shortenedOrNull(textOf(order, 'product')),
    price: shortenedOrNull(textOf(order, 'price')),
    at: record.processed_at,
    duration_ms: record.duration_ms ?? null,
    error: error ? { kind: error.kind, message: shortened(error.message) } : null,
    reason: outcome === 'dead' ? deadLetterReason(error?.kind) : null,
    next_attempt_at: record.next_attempt_at ?? null,
  };
}

/** A failure that could have been tried again is a dead letter because no attempt was left; the others say why by themselves. */
const deadLetterReason = (kind: string | undefined): string =>
  kind === undefined || kind === 'transient' ? 'attempts_exhausted' : kind;

const shortenedOrNull = (text: string | undefined): string | null => (text === undefined ? null : shortened(text));

/** A field of an object that came from outside, if it is a text. */
export function textOf(object: object | undefined, field: string): string | undefined {
  const value = fieldOf(object, field);
  return typeof value === 'string' ? value : undefined;
}

/** A field of an object that came from outside, if it is a whole number; else null. */
export function integerOf(object: object | undefined, field: string): number | null {
  const value = fieldOf(object, field);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

const fieldOf = (object: object | undefined, field: string): unknown =>
  object !== undefined && Object.hasOwn(object, field) ? (object as Record<string, unknown>)[field] : undefined;
