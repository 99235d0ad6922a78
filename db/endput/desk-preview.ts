import type { Pool, PoolClient } from '../pool.ts';
import { conditionOf, type Selection } from './desk-orders.ts';
import type { OperationKind } from './desk-operations.ts';

/** What an order would be about. */
export interface Preview {
  count: number;
  notRedrivable: number;
  sources: { source: string; count: number }[];
  causes: { cause_key: string; cause: string; count: number }[];
}

/**
 * What an order would be about if it were given now; nothing is changed. Of a million letters that takes a while: when
 * `givenUp` is aborted the database ends it too. Rejects with the database's error.
 */
export function previewOrder(
  pool: Pool,
  kind: OperationKind,
  selection: Selection,
  givenUp?: AbortSignal,
): Promise<Preview> {
  return untilGivenUp(pool, givenUp, async (client) => {
    const condition = conditionOf(kind, selection, 1);
    const { rows } = await client.query<Preview>(
      `with fitting as materialized (
         select d.source, d.cause_key, d.cause, count(*)::integer as count,
                -- Only what could not be read is filed without a source.
                (count(*) filter (where d.source = 'unknown' and not claims_message_id(d.body, d.message_id)))::integer
                  as not_redrivable
           from dead_letters d where ${condition.sql}
          group by 1, 2, 3
       )
       select coalesce(sum(count), 0)::integer as count, coalesce(sum(not_redrivable), 0)::integer as "notRedrivable",
              coalesce((select json_agg(s order by s.source)
                          from (select source, sum(count)::integer as count from fitting group by 1) s), '[]') as sources,
              coalesce((select json_agg(c)
                          from (select cause_key, min(cause) as cause, sum(count)::integer as count
                                  from fitting group by 1 order by 3 desc, 1 limit 20) c), '[]') as causes
         from fitting`,
      condition.values,
    );
    return rows[0] ?? { count: 0, notRedrivable: 0, sources: [], causes: [] };
  });
}

/** Runs `work` on a connection that is ended, in the database too, when `givenUp` is aborted. */
async function untilGivenUp<T>(
  pool: Pool,
  givenUp: AbortSignal | undefined,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  let ending: Promise<void> | undefined;
  const end = (): void => {
    // Whatever else this connection would do would be ended in its place, so it is not used again.
    broken ??= new Error('given up');
    ending = endStatement(pool, client);
  };
  if (givenUp?.aborted === true) end();
  givenUp?.addEventListener('abort', end, { once: true });
  try {
    await ending;
    if (broken) throw broken;
    return await work(client);
  } finally {
    givenUp?.removeEventListener('abort', end);
    await ending;
    client.off('error', onError);
    client.release(broken);
  }
}

/** Ends what a connection does now. Never rejects: where that fails, the statement ends with its timeout. */
async function endStatement(pool: Pool, client: PoolClient): Promise<void> {
  const { processID } = client as PoolClient & { processID?: number };
  await pool.query('select pg_cancel_backend($1)', [processID]).catch(() => undefined);
}
