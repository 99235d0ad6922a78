import { readAudit } from '../../../../db/endput/audit.ts';
import type { Pool } from '../../../../db/pool.ts';
import { errorAnswers } from '../../../http/error-answers.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import { pageOf } from '../../page-places.ts';
import { AuditPage, AuditQuery } from '../audit-answers.ts';
import type { Guard } from '../guard.ts';

/** `GET /v0/audit`: what was done at the desk, or tried. */
export function registerAudit(app: HttpServer, { pool, guard }: { pool: Pool; guard: Guard }): void {
  app.get(
    '/v0/audit',
    {
      onRequest: guard.requireRole('viewer'),
      schema: {
        tags: ['login'],
        summary: 'What was done at the desk, or refused, newest first',
        description:
          'For the page after this one, give `next` as `after`. Refusals of the same kind within a minute are two entries: the first, and how many came after it (`again`).',
        querystring: AuditQuery,
        response: {
          200: AuditPage,
          ...errorAnswers({
            400: 'A query parameter is wrong.',
            401: 'Nobody is logged in, or the login has ended.',
            503: 'Endput is away.',
          }),
        },
      },
    },
    async (request) => {
      const { limit, after } = request.query;
      // One row more than asked for tells whether there is a next page.
      const rows = await onEndput(() => readAudit(pool, limit + 1, after));
      const { page, next } = pageOf(rows, limit, ({ id }) => id);
      const entries = page.map(({ at, actor, action, detail }) => ({ at: at.toISOString(), actor, action, detail }));
      return { entries, next };
    },
  );
}
