import type { Pool } from '../pool.ts';

/** Orders of one source that were stored at one attempt. Money is decimal text. */
export interface OrderTotal {
  source: string;
  attempt: number;
  orders: number;
  revenue: string;
}
export interface DeadLetterTotal {
  source: string;
  reason: string;
  state: string;
  letters: number;
}
export interface WaitingTotal {
  source: string;
  retries: number;
}

/** What has been counted so far, see `count-on.ts`; as of one moment. */
export interface CountedTotals {
  /** Raised whenever something was counted. */
  version: string;
  /** False while rows that were there before are still being counted. */
  complete: boolean;
  orders: OrderTotal[];
  deadLetters: DeadLetterTotal[];
  products: number;
}

/** The version of the totals: whoever has read them at this one need not read them again. */
export async function readTotalsVersion(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ version: string }>('select version from count_position');
  return rows[0]?.version ?? '';
}

const COUNTED = `
  p.version, p.complete,
  (select coalesce(json_agg(json_build_object('source', source, 'attempt', attempt, 'orders', orders,
                                              'revenue', revenue::text) order by source, attempt), '[]')
     from order_totals) as orders,
  (select coalesce(json_agg(json_build_object('source', source, 'reason', reason, 'state', state,
                                              'letters', letters) order by source, reason, state), '[]')
     from dead_letter_totals where letters <> 0) as "deadLetters",
  p.products::float8 as products`;

export async function readTotals(pool: Pool): Promise<CountedTotals> {
  const { rows } = await pool.query<CountedTotals>({
    name: 'read_totals',
    text: `select ${COUNTED} from count_position p`,
  });
  return prepared(rows);
}

/** What has been counted, and whether that is all. */
export interface Books extends CountedTotals {
  /** Whether anything is stored, changed or deleted that is not counted yet, as of the same moment. */
  isBehind: boolean;
}

export async function readBooks(pool: Pool): Promise<Books> {
  const { rows } = await pool.query<Books>({
    name: 'read_books',
    // Not `exists`, from which the order is taken: without it there may be no index.
    text: `
      select ${COUNTED},
             (select true from orders o where (o.xid, o.message_id) > (p.orders_xid, p.orders_id)
               order by o.xid, o.message_id limit 1) is not null
             or (select true from dead_letters d where (d.xid, d.message_id) > (p.letters_xid, p.letters_id)
                  order by d.xid, d.message_id limit 1) is not null
             or exists (select from removed_rows) as "isBehind"
        from count_position p`,
  });
  return prepared(rows);
}

function prepared<T>([totals]: readonly T[]): T {
  if (totals === undefined) throw new Error('the totals were never prepared');
  return totals;
}

/** How far rows can be counted now. */
export interface CountingHorizon {
  /** Every transaction below it has ended. */
  horizon: string;
  /** Whether rows are stored that cannot be counted yet. */
  isAnyBeyond: boolean;
}

export async function readCountingHorizon(pool: Pool): Promise<CountingHorizon> {
  const { rows } = await pool.query<CountingHorizon>({
    name: 'read_counting_horizon',
    text: `
      select pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
             exists (select from orders where xid >= pg_snapshot_xmin(pg_current_snapshot()))
             or exists (select from dead_letters where xid >= pg_snapshot_xmin(pg_current_snapshot())) as "isAnyBeyond"`,
  });
  return rows[0] ?? { horizon: '', isAnyBeyond: false };
}

/** How many messages wait for a retry, by source. It reads every one of them, so it takes longer the more there are. */
export async function readWaiting(pool: Pool): Promise<WaitingTotal[]> {
  const { rows } = await pool.query<WaitingTotal>({
    name: 'read_waiting',
    text: 'select source, count(*)::integer as retries from retries group by source order by source',
  });
  return rows;
}

/** How many messages wait for a retry. It reads an index of them all. */
export async function countWaiting(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ retries: number }>({
    name: 'count_waiting',
    text: 'select count(*)::integer as retries from retries',
  });
  return rows[0]?.retries ?? 0;
}

/** When the next retry is due; undefined where none waits. */
export async function readNextDue(pool: Pool): Promise<Date | undefined> {
  const { rows } = await pool.query<{ due_at: Date }>({
    name: 'read_next_due',
    text: 'select due_at from retries order by due_at limit 1',
  });
  return rows[0]?.due_at;
}
