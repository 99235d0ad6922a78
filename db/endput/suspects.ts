import type { Pool, PoolClient } from '../pool.ts';

/** A message that is run alone. */
export interface Suspect {
  messageId: string;
  cycle: number;
}

/** The one time that it is about to be run. */
export interface Raise extends Suspect {
  /** A UUID made for this raise: repeating it counts once. */
  token: string;
}

/** Raises the deaths of a message before it runs alone, and resolves with the number of earlier ones. */
export async function suspect(pool: Pool, { messageId, cycle, token }: Raise): Promise<number> {
  const { rows } = await pool.query<{ deaths: number }>(
    `insert into suspects as s (message_id, cycle, deaths, raise_token) values ($1, $2, 1, $3)
     on conflict (message_id, cycle) do update
        set deaths = s.deaths + (s.raise_token <> excluded.raise_token)::integer, raise_token = excluded.raise_token
     returning deaths`,
    [messageId, cycle, token],
  );
  return (rows[0]?.deaths ?? 1) - 1;
}

/** A message that was run alone did not kill its process: nothing is held against it any more. */
export async function acquit(client: Pool | PoolClient, { messageId, cycle }: Suspect): Promise<void> {
  await client.query('delete from suspects where message_id = $1 and cycle = $2', [messageId, cycle]);
}

/** Takes a raise back, once: its process lives, and gives the message back for another reason. */
export async function withdrawSuspicion(pool: Pool, { messageId, cycle, token }: Raise): Promise<void> {
  await pool.query(
    `with lowered as (
       update suspects set deaths = deaths - 1, raise_token = gen_random_uuid()
        where message_id = $1 and cycle = $2 and raise_token = $3 and deaths > 1
       returning 1
     )
     delete from suspects
      where message_id = $1 and cycle = $2 and raise_token = $3 and deaths = 1 and not exists (select from lowered)`,
    [messageId, cycle, token],
  );
}
