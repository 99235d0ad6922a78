import { readNextDue, readTotals, readWaiting } from '../../../db/endput/totals.ts';
import type { Pool } from '../../../db/pool.ts';
import { errorAnswers } from '../../http/error-answers.ts';
import type { HttpServer } from '../../http/http-server.ts';
import { onEndput } from '../endput-reads.ts';
import { Totals } from '../shown.ts';
import { shownTotals } from '../shown-totals.ts';

/** `GET /v0/totals`: what became of all orders, read from endput now. */
export function registerTotals(app: HttpServer, { pool }: { pool: Pool }): void {
  app.get(
    '/v0/totals',
    {
      schema: {
        tags: ['orders'],
        summary: 'Orders by source and outcome',
        description: 'Exact once `complete` is true, and at most a moment behind endput.',
        response: { 200: Totals, ...errorAnswers({ 503: 'Endput is away, or took too long.' }) },
      },
    },
    async () => {
      const [counted, waiting, nextDue] = await onEndput(() =>
        Promise.all([readTotals(pool), readWaiting(pool), readNextDue(pool)]),
      );
      return shownTotals({ counted, waiting, nextDue }, new Date());
    },
  );
}
