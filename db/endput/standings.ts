import type { Pool } from '../pool.ts';

/** Where a message stands: the cycle of its redrives, and the attempt that is done. */
export interface Position {
  cycle: number;
  attempt: number;
}

export type DeadLetterReason = 'attempts_exhausted' | 'invalid_message' | 'refused_by_endput' | 'consumer_crashed';
export type LedgerState = 'dead' | 'redriving' | 'discarded' | 'resolved';

/** Why an attempt failed, as it is kept. */
export interface FailureNote {
  kind: string;
  message: string;
}

/** What endput knows of one message. All parts may be there at once; `consumer/position.ts` says which counts. */
export interface Standing {
  stored?: { position: Position; at: Date };
  waiting?: {
    position: Position;
    at: Date;
    dueAt: Date;
    error: FailureNote;
    /** The attempt in the header of the delivery that failed: transport native gives that one back to wait. */
    carrier: number;
    /** The broker's count of its earlier deliveries then; undefined where a message of its own waits. */
    heldDeliveries?: number;
  };
  ledger?: {
    position: Position;
    at: Date;
    state: LedgerState;
    reason: DeadLetterReason;
    error: FailureNote;
    /** The attempt in the header of the delivery that died. */
    carrier: number;
    /** Cycles in which no attempt was made: they were given to bring the letter back after a discard. */
    restoredCycles: number[];
  };
}

interface StandingRow {
  message_id: string;
  o_cycle: number | null;
  o_attempt: number;
  stored_at: Date;
  r_cycle: number | null;
  r_attempt: number;
  failed_at: Date;
  due_at: Date;
  r_kind: string;
  r_message: string;
  r_carrier: unknown;
  held_deliveries: number | null;
  d_cycle: number | null;
  d_attempt: number;
  died_at: Date;
  state: LedgerState;
  reason: DeadLetterReason;
  d_kind: string;
  d_message: string;
  d_carrier: unknown;
  restored_cycles: number[];
}

/** Reads in one statement where messages stand; one that endput has never seen is not in the map. */
export async function readStandings(pool: Pool, messageIds: readonly string[]): Promise<Map<string, Standing>> {
  if (messageIds.length === 0) return new Map();
  const { rows } = await pool.query<StandingRow>({
    name: 'read_standings',
    text: `
      select i.message_id,
             o.cycle as o_cycle, o.attempt as o_attempt, o.stored_at,
             r.cycle as r_cycle, r.attempt as r_attempt, r.failed_at, r.due_at,
             r.error_kind as r_kind, r.error_message as r_message, r.headers -> 'attempt' as r_carrier,
             r.held_deliveries,
             d.cycle as d_cycle, d.attempt as d_attempt, d.died_at, d.state, d.reason,
             d.error_kind as d_kind, d.error_message as d_message, d.headers -> 'attempt' as d_carrier,
             d.restored_cycles
        from unnest($1::uuid[]) as i (message_id)
        left join orders o using (message_id)
        left join retries r using (message_id)
        left join dead_letters d using (message_id)
       where o.message_id is not null or r.message_id is not null or d.message_id is not null`,
    values: [messageIds],
  });
  return new Map(rows.map((row) => [row.message_id, standingOf(row)]));
}

function standingOf(row: StandingRow): Standing {
  const standing: Standing = {};
  if (row.o_cycle !== null) {
    standing.stored = { position: { cycle: row.o_cycle, attempt: row.o_attempt }, at: row.stored_at };
  }
  if (row.r_cycle !== null) {
    standing.waiting = {
      position: { cycle: row.r_cycle, attempt: row.r_attempt },
      at: row.failed_at,
      dueAt: row.due_at,
      error: { kind: row.r_kind, message: row.r_message },
      carrier: typeof row.r_carrier === 'number' ? row.r_carrier : row.r_attempt,
      ...(row.held_deliveries !== null && { heldDeliveries: row.held_deliveries }),
    };
  }
  if (row.d_cycle !== null) {
    standing.ledger = {
      position: { cycle: row.d_cycle, attempt: row.d_attempt },
      at: row.died_at,
      state: row.state,
      reason: row.reason,
      error: { kind: row.d_kind, message: row.d_message },
      carrier: typeof row.d_carrier === 'number' ? row.d_carrier : row.d_attempt,
      restoredCycles: row.restored_cycles,
    };
  }
  return standing;
}
