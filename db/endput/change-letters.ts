import type { PoolClient } from '../pool.ts';
import type { OperationKind } from './desk-operations.ts';

/** A letter that an operation takes. */
export interface ChangedLetter {
  messageId: string;
  /** As it was when the letter was read. */
  version: string;
  /** Of an edit. */
  body: Buffer;
  source: string;
}

const SENT_AGAIN = `cycle = d.cycle + 1, attempt = 0, state = 'redriving', redriven_at = clock_timestamp()`;
const CHANGES: Record<OperationKind, string> = {
  redrive: SENT_AGAIN,
  edit: `${SENT_AGAIN}, body = i.body, source = i.source`,
  discard: `state = 'discarded'`,
  // Its attempts are done, so it stays at the last one; the cycle makes what is left of it in queues stale.
  restore: `cycle = d.cycle + 1, restored_cycles = d.restored_cycles || (d.cycle + 1), state = 'dead'`,
};

/**
 * Changes the ledger for letters that nobody has changed since they were read. Resolves with those that somebody has.
 * Rejects with the database's error.
 */
export async function changeLetters<Letter extends ChangedLetter>(
  client: PoolClient,
  kind: OperationKind,
  letters: readonly Letter[],
): Promise<Letter[]> {
  if (letters.length === 0) return [];
  // In the order of the ids, as every other writer of the ledger, so that two of them seldom wait in a circle.
  const sorted = letters.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1));
  const ids = sorted.map(({ messageId }) => messageId);
  const isEdit = kind === 'edit';
  const { rowCount } = await client.query({
    name: `${kind}_letters`,
    // The xid is what `stamp_xid` would give, whose call for each row costs more.
    text: `update dead_letters d set ${CHANGES[kind]}, xid = pg_current_xact_id()
             from unnest($1::uuid[], $2::xid8[]${isEdit ? ', $3::bytea[], $4::text[]' : ''})
                  as i (message_id, version${isEdit ? ', body, source' : ''})
            where d.message_id = i.message_id and d.xid = i.version`,
    values: [
      ids,
      sorted.map(({ version }) => version),
      ...(isEdit ? [sorted.map(({ body }) => body), sorted.map(({ source }) => source)] : []),
    ],
  });
  return rowCount === letters.length ? [] : notChanged(client, letters);
}

/** Those that this transaction has not changed. */
async function notChanged<Letter extends ChangedLetter>(
  client: PoolClient,
  letters: readonly Letter[],
): Promise<Letter[]> {
  const { rows } = await client.query<{ message_id: string }>(
    'select message_id from dead_letters where message_id = any ($1::uuid[]) and xid = pg_current_xact_id()',
    [letters.map(({ messageId }) => messageId)],
  );
  const changed = new Set(rows.map((row) => row.message_id));
  return letters.filter(({ messageId }) => !changed.has(messageId));
}
