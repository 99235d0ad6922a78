import type { Pool, PoolClient } from '../pool.ts';

/** What somebody did, or tried. */
export interface AuditEntry {
  /** Name of the user; empty where nobody was logged in. */
  actor: string;
  /** Such as `login`, `redrive`, `discard`, `refused`. */
  action: string;
  /** What it was about; no secret, no body. */
  detail: Record<string, unknown>;
}

/**
 * Writes an entry of the audit table, in the transaction of what it tells of where a client is given. Rejects with the
 * database's error.
 */
export async function writeAudit(client: Pool | PoolClient, { actor, action, detail }: AuditEntry): Promise<void> {
  await client.query({
    name: 'write_audit',
    text: 'insert into audit (actor, action, detail) values ($1, $2, $3)',
    values: [actor, action, JSON.stringify(detail)],
  });
}
