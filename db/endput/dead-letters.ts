import type { Pool } from '../pool.ts';
import { deadLetterCondition, type DeadLetterFilter } from './dead-letter-filter.ts';
import type { DeadLetterReason, LedgerState } from './standings.ts';

/** A row of the ledger as it is listed. */
export interface DeadLetterRow {
  messageId: string;
  state: LedgerState;
  source: string;
  reason: DeadLetterReason;
  errorKind: string;
  errorMessage: string;
  causeKey: string;
  product: string | null;
  cycle: number;
  attempt: number;
  firstSeenAt: Date;
  diedAt: Date;
  place: LetterPlace;
}

/** A place in the order of death: microseconds since 1970 as decimal text, which a `Date` would round. */
export interface LetterPlace {
  died: string;
  messageId: string;
}

/** SQL of a row's place. */
export const placeOf = (table: string): string =>
  `json_build_object('died', (extract(epoch from ${table}.died_at) * 1000000)::bigint::text, 'messageId', ${table}.message_id)`;

/** SQL of a row, as it is listed. */
export const LETTER_COLUMNS = `d.message_id as "messageId", d.state, d.source, d.reason, d.error_kind as "errorKind",
  d.error_message as "errorMessage", d.cause_key as "causeKey", d.product, d.cycle, d.attempt,
  d.first_seen_at as "firstSeenAt", d.died_at as "diedAt", ${placeOf('d')} as place`;

/** What a dead letter is made of, besides what is listed. */
export interface DeadLetterContent extends DeadLetterRow {
  type: string;
  headers: Record<string, unknown>;
  body: Buffer;
}

/** The dead letter with this message id, if there is one and it fits. Rejects with the database's error. */
export async function readDeadLetter(
  pool: Pool,
  messageId: string,
  filter: DeadLetterFilter = {},
): Promise<DeadLetterRow | undefined> {
  const { sql, values } = deadLetterCondition(filter, 2);
  const { rows } = await pool.query<DeadLetterRow>(
    `select ${LETTER_COLUMNS} from dead_letters d where d.message_id = $1::uuid and ${sql}`,
    [messageId, ...values],
  );
  return rows[0];
}

/** The same with its headers and body, which may have any size. */
export async function readDeadLetterContent(pool: Pool, messageId: string): Promise<DeadLetterContent | undefined> {
  const { rows } = await pool.query<DeadLetterContent>({
    name: 'read_dead_letter_content',
    text: `select ${LETTER_COLUMNS}, d.type, d.headers, d.body from dead_letters d where d.message_id = $1::uuid`,
    values: [messageId],
  });
  return rows[0];
}
