import type { Pool } from '../pool.ts';

/** What endput keeps of a message that is not stored: it waits for a retry, or is a dead letter. */
export interface UnstoredMessage {
  source: string;
  /** As it came; of a dead letter it may be anything. */
  body: Buffer;
}

/** The message as the waiting retry has it, else as the ledger has it; undefined where neither knows it. */
export async function readUnstoredMessage(pool: Pool, messageId: string): Promise<UnstoredMessage | undefined> {
  const { rows } = await pool.query<UnstoredMessage>({
    name: 'read_unstored_message',
    text: `
      select source, body from (
        select 1 as place, source, body from retries where message_id = $1
        union all select 2, source, body from dead_letters where message_id = $1
      ) as kept order by place limit 1`,
    values: [messageId],
  });
  return rows[0];
}
