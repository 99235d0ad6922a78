import { readNextDue, readTotals } from '../../../db/endput/totals.ts';
import type { Pool } from '../../../db/pool.ts';
import { errorAnswers } from '../../http/error-answers.ts';
import type { HttpServer } from '../../http/http-server.ts';
import { onEndput } from '../endput-reads.ts';
import type { HeldBack } from '../held-back.ts';
import { Totals } from '../shown.ts';
import { shownTotals } from '../shown-totals.ts';
import type { WaitingReading } from '../waiting-reading.ts';

/** `GET /v0/totals`: what became of all orders, read from endput now. */
export function registerTotals(
  app: HttpServer,
  { pool, waiting: readWaiting, heldBack }: { pool: Pool; waiting: WaitingReading; heldBack: HeldBack },
): void {
  app.get(
    '/v0/totals',
    {
      schema: {
        tags: ['orders'],
        summary: 'Orders by source and outcome',
        description: 'Exact once `complete` is true and while `held_back` is null, and at most a moment behind endput.',
        response: { 200: Totals, ...errorAnswers({ 503: 'Endput is away, or took too long.' }) },
      },
    },
    async () => {
      const [counted, waiting, nextDue] = await onEndput(() =>
        Promise.all([readTotals(pool), readWaiting(), readNextDue(pool)]),
      );
      return shownTotals({ counted, waiting, nextDue, heldBackSince: heldBack.since() }, new Date());
    },
  );
}
