import type { Pool } from '../pool.ts';

/** Those of these message ids that endput does not know: no order, no retry and no dead letter has them. */
export async function readUnknownMessages(pool: Pool, messageIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ message_id: string }>({
    name: 'read_unknown_messages',
    text: `
      select i.message_id from unnest($1::uuid[]) as i (message_id)
       where not exists (select from orders o where o.message_id = i.message_id)
         and not exists (select from dead_letters d where d.message_id = i.message_id)
         and not exists (select from retries r where r.message_id = i.message_id)`,
    values: [messageIds],
  });
  return new Set(rows.map(({ message_id }) => message_id));
}
