import { readSweep } from '../../../../db/endput/dead-letter-sweep.ts';
import { orderSweep } from '../../../../db/endput/desk-operations.ts';
import type { Pool } from '../../../../db/pool.ts';
import { errorAnswers } from '../../../http/error-answers.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import { Sweep } from '../operation-answers.ts';
import type { Guard } from '../guard.ts';
import { shownSweep } from '../shown-operation.ts';

/** `POST /v0/dead-letters/sweep` asks for a sweep of dlq_queue, `GET` says what the last one did. */
export function registerSweep(app: HttpServer, { pool, guard }: { pool: Pool; guard: Guard }): void {
  app.get(
    '/v0/dead-letters/sweep',
    {
      onRequest: guard.reading,
      schema: {
        tags: ['desk'],
        summary: 'What the last sweep of dlq_queue did',
        response: { 200: Sweep, ...errorAnswers({ 401: 'Nobody is logged in.', 503: 'Endput is away.' }) },
      },
    },
    async () => shownSweep(await onEndput(() => readSweep(pool))),
  );
  app.post(
    '/v0/dead-letters/sweep',
    {
      onRequest: guard.requireRole('operator'),
      schema: {
        tags: ['desk'],
        summary: 'Have dlq_queue swept: made what the ledger of dead letters says',
        response: {
          202: Sweep,
          ...errorAnswers({ 401: 'Nobody is logged in.', 403: 'Only an operator may.', 503: 'Endput is away.' }),
        },
      },
    },
    async (request, reply) => {
      const { name } = guard.actorOf(request);
      const state = await onEndput(async () => {
        await orderSweep(pool, name);
        return readSweep(pool);
      });
      return reply.code(202).send(shownSweep(state));
    },
  );
}
