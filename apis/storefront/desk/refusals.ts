import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { forgetRefusals, writeAudit, type AuditEntry } from '../../../db/endput/audit.ts';
import type { Pool } from '../../../db/pool.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { ApiError } from '../../http/errors.ts';

/** Milliseconds in which refusals of the same kind are one entry, and how many kinds get one of their own. */
const WINDOW = 60_000;
const KINDS = 20;
/** Milliseconds for which refusals are kept, between two looks for older ones, and rows that one look deletes at most. */
const KEPT = 30 * 24 * 3_600_000;
const FORGET_INTERVAL = 600_000;
const FORGET_AT_ONCE = 10_000;
/** Milliseconds in which the last of them are written. */
const PATIENCE = 1_000;

/** Why somebody was refused. The message is for whoever asked; `who` for log and audit, where it is known. */
export interface Refusal {
  status: 401 | 403 | 429;
  code: string;
  message: string;
  action: 'refused' | 'login_refused';
  /** A user who is logged in, or one who exists and whose password was wrong: what else is typed as a name may be a password. */
  who?: string;
}

/**
 * Writes refusals into log and audit table. Anybody can cause them, so they cannot fill the table: the first of a kind
 * (what, where, by whom, from which address) is written at once, the same again within a minute only counted, and that
 * number is one more entry; after 20 kinds in a minute only the number of all others is written. So one copy writes 41
 * rows a minute at most, and they are deleted after 30 days. While endput is away they are in the log alone.
 */
export function createRefusals({ pool, logger }: { pool: Pool; logger: Logger }) {
  const kinds = new Map<string, { entry: AuditEntry; again: number }>();
  const writing = new Set<Promise<void>>();
  let others = 0;
  let forgetAt = 0;

  const inBackground = (work: () => Promise<void>): void => {
    const done: Promise<void> = work()
      .catch((error: unknown) => logger.warn({ err: error }, 'refusals could not be written into the audit table'))
      .finally(() => writing.delete(done));
    writing.add(done);
  };
  const write = (entry: AuditEntry) => inBackground(() => writeAudit(pool, entry));

  const record = (entry: AuditEntry): void => {
    const kind = JSON.stringify(entry);
    const known = kinds.get(kind);
    if (known) known.again += 1;
    else if (kinds.size >= KINDS) others += 1;
    else {
      kinds.set(kind, { entry, again: 0 });
      write(entry);
    }
  };

  const endWindow = (): void => {
    for (const { entry, again } of kinds.values())
      if (again > 0) write({ ...entry, detail: { ...entry.detail, again } });
    if (others > 0) write({ actor: '', action: 'refused', detail: { why: 'MANY_OTHERS', again: others } });
    kinds.clear();
    others = 0;
    if (Date.now() < forgetAt) return;
    forgetAt = Date.now() + FORGET_INTERVAL;
    inBackground(() => forgetRefusals(pool, new Date(Date.now() - KEPT), FORGET_AT_ONCE));
  };
  const timer = setInterval(endWindow, WINDOW);

  return {
    /** The error that the request gets. */
    refuse(request: FastifyRequest, { status, code, message, action, who = '' }: Refusal): ApiError {
      const detail = {
        why: code,
        method: request.method,
        // The pattern of the route: addresses may hold anything, and are endless.
        route: request.routeOptions.url ?? '',
        address: request.ip,
      };
      request.log.warn({ ...detail, action, user: who }, 'refused at the desk');
      record(
        action === 'refused' ? { actor: who, action, detail } : { actor: '', action, detail: { ...detail, name: who } },
      );
      return new ApiError(status, code, message);
    },
    /** Writes what was only counted so far. A process that stops does not wait long for an endput that is away. */
    async close(): Promise<void> {
      clearInterval(timer);
      endWindow();
      await Promise.race([Promise.all(writing), sleep(PATIENCE, undefined, { ref: false })]);
    },
  };
}
export type Refusals = ReturnType<typeof createRefusals>;
