import type { Pool } from '../pool.ts';

/** Raises the deaths of a message before it runs alone, and resolves with the number of earlier ones. */
export async function suspect(pool: Pool, messageId: string, cycle: number): Promise<number> {
  const { rows } = await pool.query<{ deaths: number }>(
    `insert into suspects as s (message_id, cycle, deaths) values ($1, $2, 1)
     on conflict (message_id, cycle) do update set deaths = s.deaths + 1
     returning deaths`,
    [messageId, cycle],
  );
  return (rows[0]?.deaths ?? 1) - 1;
}

/** A message that was run alone did not kill its process: nothing is held against it any more. */
export async function acquit(pool: Pool, messageId: string, cycle: number): Promise<void> {
  await pool.query('delete from suspects where message_id = $1 and cycle = $2', [messageId, cycle]);
}

/** Takes one death back: the process that raised it lives, and gives the message back for another reason. */
export async function withdrawSuspicion(pool: Pool, messageId: string, cycle: number): Promise<void> {
  await pool.query(
    `with lowered as (
       update suspects set deaths = deaths - 1 where message_id = $1 and cycle = $2 and deaths > 1 returning 1
     )
     delete from suspects where message_id = $1 and cycle = $2 and deaths = 1 and not exists (select from lowered)`,
    [messageId, cycle],
  );
}
