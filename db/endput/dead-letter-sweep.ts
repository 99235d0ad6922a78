import type { Pool, PoolClient } from '../pool.ts';
import type { TakenLetter } from './desk-steps.ts';
import type { LedgerState, Position } from './standings.ts';

/** Key of the session lock: one sweep at a time, whichever process does it. */
export const SWEEP_LOCK = 'order-ingestion dead-letter sweep';

/** What a sweep did. */
export interface SweepCounts {
  /** Messages of the queue that were looked at. */
  lookedAt: number;
  /** Taken out: copies that the ledger has left behind, and second ones. */
  stale: number;
  kept: number;
  /** The ledger does not know them; they were left there. */
  unknown: number;
  /** Letters that the queue lacked. */
  published: number;
}
export interface SweepState extends SweepCounts {
  beganAt: Date | null;
  endedAt: Date | null;
  /** Whether one was asked for since it began. */
  isWanted: boolean;
}

/** The last sweep that was carried through. */
export async function readSweep(client: Pool | PoolClient): Promise<SweepState> {
  const { rows } = await client.query<SweepState>(
    `select began_at as "beganAt", ended_at as "endedAt", looked_at as "lookedAt", stale, kept, unknown, published,
            wanted > served as "isWanted"
       from dead_letter_sweep`,
  );
  const [state] = rows;
  if (state === undefined) throw new Error('the row of dead_letter_sweep is gone');
  return state;
}

/** How many letters should be in the queue, as the totals have it; undefined while older ones are still being counted. */
export async function readDeadCount(pool: Pool): Promise<number | undefined> {
  const { rows } = await pool.query<{ letters: string | null }>(
    `select (select sum(letters) from dead_letter_totals where state = 'dead')::text as letters
       from count_position where complete`,
  );
  return rows[0] && Number(rows[0].letters ?? 0);
}

/**
 * How a sweep began: the database's clock, the id of the oldest transaction that was running then, and the wishes for one
 * that were committed.
 */
export interface SweepBegin {
  at: string;
  horizon: string;
  wanted: number;
}

/** Begins a sweep: the ids that it meets are kept in a table of this connection's own, which is gone with it. */
export async function beginSweep(client: PoolClient): Promise<SweepBegin> {
  await client.query('create temporary table if not exists swept (message_id uuid primary key)');
  await client.query('truncate swept');
  const { rows } = await client.query<SweepBegin>(
    `select clock_timestamp()::text as at, pg_snapshot_xmin(pg_current_snapshot())::text as horizon, wanted
       from dead_letter_sweep`,
  );
  const [begin] = rows;
  if (begin === undefined) throw new Error('the database returned no row');
  return begin;
}

/** Where the letters of some messages stand; what the ledger does not know is not in the map. */
export async function readLetterPositions(
  client: PoolClient,
  messageIds: readonly string[],
): Promise<Map<string, Position & { state: LedgerState }>> {
  const { rows } = await client.query<Position & { message_id: string; state: LedgerState }>({
    name: 'read_letter_positions',
    text: `select message_id, cycle, attempt,
                  case when exists (select from orders o where o.message_id = d.message_id) then 'resolved' else state end
                    as state
             from dead_letters d where message_id = any ($1::uuid[])`,
    values: [messageIds],
  });
  return new Map(rows.map(({ message_id, ...row }) => [message_id, row]));
}

/** Notes live messages, no id twice, as met, and resolves with the ids that were not met before. */
export async function noteSwept(client: PoolClient, messageIds: readonly string[]): Promise<Set<string>> {
  if (messageIds.length === 0) return new Set();
  const { rows } = await client.query<{ message_id: string }>({
    name: 'note_swept',
    text: 'insert into swept select unnest($1::uuid[]) on conflict do nothing returning message_id',
    values: [messageIds],
  });
  return new Set(rows.map((row) => row.message_id));
}

/** A place in the ledger, in the order of death. */
export interface LedgerPlace {
  at: string;
  id: string;
}

/**
 * Of the next `limit` dead letters after a place, those whose last change was committed before the sweep began and that it
 * did not meet, with at most `bytes` of bodies (but one always). `next` is where to go on, undefined at the end.
 */
export async function readMissing(
  client: PoolClient,
  horizon: string,
  after: LedgerPlace | undefined,
  { limit, bytes }: { limit: number; bytes: number },
): Promise<{ letters: Omit<TakenLetter, 'seq'>[]; next: LedgerPlace | undefined }> {
  const { rows } = await client.query<LedgerPlace & { size: number; isMissing: boolean }>({
    name: 'read_dead_page',
    text: `
      select d.died_at::text as at, d.message_id as id, octet_length(d.body) as size,
             d.xid < $3::xid8 and not exists (select from swept s where s.message_id = d.message_id)
               and not exists (select from orders o where o.message_id = d.message_id) as "isMissing"
        from dead_letters d
       where d.state = 'dead'
         and (d.died_at, d.message_id) > (coalesce($1::timestamptz, '-infinity'), coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
       order by d.died_at, d.message_id
       limit $4`,
    values: [after?.at ?? null, after?.id ?? null, horizon, limit],
  });
  let sum = 0;
  const over = rows.findIndex((row) => row.isMissing && (sum += row.size) > bytes && sum > row.size);
  const page = over === -1 ? rows : rows.slice(0, over);
  const last = page.at(-1);
  const missing = page.filter((row) => row.isMissing);
  const next = over === -1 && rows.length < limit ? undefined : last && { at: last.at, id: last.id };
  if (missing.length === 0) return { letters: [], next };
  const { rows: letters } = await client.query<Omit<TakenLetter, 'seq'>>({
    name: 'read_missing',
    text: `select message_id as "messageId", cycle, attempt, source, type, reason, error_message as "errorMessage",
                  headers, body
             from dead_letters where message_id = any ($1::uuid[]) and state = 'dead'`,
    values: [missing.map(({ id }) => id)],
  });
  return { letters, next };
}

/** Notes that a sweep was carried through. */
export async function finishSweep(client: PoolClient, begin: SweepBegin, counts: SweepCounts): Promise<void> {
  await client.query(
    `update dead_letter_sweep
        set began_at = $1, ended_at = clock_timestamp(), served = $2, looked_at = $3, stale = $4, kept = $5, unknown = $6,
            published = $7`,
    [begin.at, begin.wanted, counts.lookedAt, counts.stale, counts.kept, counts.unknown, counts.published],
  );
}
