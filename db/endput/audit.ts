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

/** An entry as it stands in the table. */
export interface AuditRow extends AuditEntry {
  id: string;
  at: Date;
}

/** The newest entries, or those older than the one with id `before`. */
export async function readAudit(client: Pool, limit: number, before: string | undefined): Promise<AuditRow[]> {
  const { rows } = await client.query<AuditRow>({
    name: before === undefined ? 'read_audit' : 'read_audit_before',
    text: `
      select id, at, actor, action, detail
        from audit
       where ${before === undefined ? 'true' : 'id < $2'}
       order by id desc
       limit $1`,
    values: before === undefined ? [limit] : [limit, before],
  });
  return rows;
}

/** Deletes refusals that are older than this, `limit` at most. What somebody did is kept for good. */
export async function forgetRefusals(client: Pool, before: Date, limit: number): Promise<void> {
  await client.query({
    name: 'forget_refusals',
    text: `
      delete from audit
       where id in (select id from audit
                     where action in ('refused', 'login_refused') and at < $1
                     order by at limit $2)`,
    values: [before, limit],
  });
}
