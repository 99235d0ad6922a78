import { inTransaction, type Pool, type PoolClient } from '../pool.ts';
import { writeAudit } from './audit.ts';

export type OperationKind = 'redrive' | 'discard' | 'restore' | 'edit';
export type OperationState = 'running' | 'paused' | 'stopped' | 'cancelled' | 'done';

/** What was ordered to be done with dead letters, and how far it has come. Places in its set count from 1. */
export interface DeskOperation {
  id: string;
  kind: OperationKind;
  state: OperationState;
  stateReason: string | null;
  actor: string;
  comment: string | null;
  /** As it was asked for; null where single messages were chosen. */
  filter: Record<string, unknown> | null;
  /** Messages a second at most. */
  rate: number | null;
  /** Of the canary; null where there is none. */
  maxDeadShare: number | null;
  canaryStep: number | null;
  /** What was sent before its step. */
  canarySent: number;
  orderedAt: Date;
  finishedAt: Date | null;
  /** Up to this place the ledger was changed, and up to that one all was published and confirmed. */
  taken: number;
  confirmed: number;
  total: number;
  sent: number;
  stored: number;
  deadAgain: number;
  skipped: number;
}

/** The columns of an operation, for a select or a returning clause. */
export const OPERATION_COLUMNS = `
  id, kind, state, state_reason as "stateReason", actor, comment, filter, rate, max_dead_share as "maxDeadShare",
  canary_step as "canaryStep", canary_sent as "canarySent", ordered_at as "orderedAt", finished_at as "finishedAt", taken,
  confirmed, total, sent, stored, dead_again as "deadAgain", skipped`;

/** One operation; undefined where there is none with this id. */
export async function readOperation(client: Pool | PoolClient, id: string): Promise<DeskOperation | undefined> {
  const { rows } = await client.query<DeskOperation>({
    name: 'read_operation',
    text: `select ${OPERATION_COLUMNS} from desk_operations where id = $1`,
    values: [id],
  });
  return rows[0];
}

/** Operations, the newest first, those after (older than) a place among them. */
export async function readOperations(
  pool: Pool,
  limit: number,
  after: { at: string; id: string } | undefined,
): Promise<(DeskOperation & { place: string })[]> {
  const { rows } = await pool.query<DeskOperation & { place: string }>({
    name: 'read_operations',
    // Times of JavaScript end at milliseconds, so a place is the database's own text.
    text: `select ${OPERATION_COLUMNS}, ordered_at::text as place from desk_operations
            where (ordered_at, id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
            order by ordered_at desc, id desc limit $3`,
    values: [after?.at ?? null, after?.id ?? null, limit],
  });
  return rows;
}

/** Operations about which something is left to do, those that run first. */
export async function readActiveOperations(
  pool: Pool,
  limit: number,
): Promise<{ id: string; state: OperationState }[]> {
  const { rows } = await pool.query<{ id: string; state: OperationState }>({
    name: 'read_active_operations',
    text: `select id, state from desk_operations where active
            order by (state = 'running' or confirmed < taken) desc, ordered_at limit $1`,
    values: [limit],
  });
  return rows;
}

export type StateChange = 'pause' | 'resume' | 'cancel';
/** The state that each change leads to, and those from which it does. */
const CHANGES: Record<StateChange, { to: OperationState; from: OperationState[] }> = {
  pause: { to: 'paused', from: ['running'] },
  resume: { to: 'running', from: ['paused', 'stopped'] },
  cancel: { to: 'cancelled', from: ['running', 'paused', 'stopped'] },
};

/**
 * Pauses, resumes or cancels an operation, in one transaction with its entry in the audit table. What is in hand is
 * finished. One that its canary stopped goes on with the next step. Resolves with the operation as it is then, `changed`
 * being whether that was possible in the state that it had; undefined where there is none.
 */
export function changeOperation(
  pool: Pool,
  id: string,
  change: StateChange,
  actor: string,
): Promise<{ operation: DeskOperation; changed: boolean } | undefined> {
  const { to, from } = CHANGES[change];
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<DeskOperation>(
      `update desk_operations
          set state = $2, state_reason = null,
              finished_at = case when $2 = 'cancelled' then clock_timestamp() end,
              canary_step = case when state = 'stopped' then least(canary_step::bigint * 10, 1000000000) else canary_step end,
              canary_sent = case when state = 'stopped' then sent else canary_sent end,
              canary_dead = case when state = 'stopped' then dead_again else canary_dead end
        where id = $1 and state = any ($3)
       returning ${OPERATION_COLUMNS}`,
      [id, to, from],
    );
    const operation = rows[0];
    if (operation === undefined) {
      const unchanged = await readOperation(client, id);
      return unchanged && { operation: unchanged, changed: false };
    }
    if (change === 'cancel' && operation.taken > 0) await wantSweep(client);
    await writeAudit(client, { actor, action: change, detail: { operation: id } });
    return { operation, changed: true };
  });
}

/** Asks for a sweep of the mirror of the ledger, which has fallen behind it. */
export async function wantSweep(client: Pool | PoolClient): Promise<void> {
  await client.query('update dead_letter_sweep set wanted = wanted + 1');
}

/** Asks for a sweep in the name of somebody, with an entry in the audit table. */
export function orderSweep(pool: Pool, actor: string): Promise<void> {
  return inTransaction(pool, async (client) => {
    await wantSweep(client);
    await writeAudit(client, { actor, action: 'sweep', detail: {} });
  });
}

/** Notes why a running operation waits, or with null that it no longer does. */
export async function noteWaiting(pool: Pool, id: string, reason: string | null): Promise<void> {
  await pool.query(
    `update desk_operations set state_reason = $2
      where id = $1 and state = 'running' and state_reason is distinct from $2`,
    [id, reason],
  );
}
