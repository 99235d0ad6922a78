import Type from 'typebox';
import { insertMadeUpOrders } from '../../../db/source/orders.ts';
import type { Pool } from '../../../db/pool.ts';
import { ApiError } from '../../http/errors.ts';
import type { HttpServer } from '../../http/http-server.ts';
import type { SourceDatabase } from '../source-database.ts';
import type { SourceMetrics } from '../source-metrics.ts';
import { errorAnswers } from '../../http/error-answers.ts';

/** Rows of one request at most. */
const MOST_ROWS = 1_000_000;

/** `POST /v0/insert-data`: made-up orders, to see the system work. */
export function registerInsertData(
  app: HttpServer,
  services: { pool: Pool; database: SourceDatabase; metrics: SourceMetrics },
): void {
  app.post(
    '/v0/insert-data',
    {
      schema: {
        tags: ['orders'],
        summary: 'Insert made-up orders',
        description:
          'Rows named "Product N" with a price of two decimals. Positive ones pass their security check and are stored ' +
          'at one of the attempts that are allowed; negative ones never succeed and end as dead letters. At most ' +
          `${MOST_ROWS} rows together, committed 5,000 at a time: what was committed before an error stays.`,
        body: Type.Object(
          {
            positive_inserts: Type.Integer({
              minimum: 0,
              maximum: MOST_ROWS,
              description: 'Rows with security_check true.',
            }),
            negative_inserts: Type.Integer({
              minimum: 0,
              maximum: MOST_ROWS,
              description: 'Rows with security_check false.',
            }),
          },
          { additionalProperties: false, examples: [{ positive_inserts: 140, negative_inserts: 60 }] },
        ),
        response: {
          201: Type.Object(
            { positive_inserts: Type.Integer(), negative_inserts: Type.Integer(), rows: Type.Integer() },
            {
              description: 'The rows are committed.',
              examples: [{ positive_inserts: 140, negative_inserts: 60, rows: 200 }],
            },
          ),
          ...errorAnswers({
            400: 'The body is no JSON, or a count is missing, no whole number, negative or too large.',
            413: 'The body is larger than such a request can be.',
            415: 'The body is not application/json.',
            503: 'The source database is away.',
          }),
        },
      },
    },
    async (request, reply) => {
      services.database.requirePrepared();
      const { positive_inserts, negative_inserts } = request.body;
      const rows = positive_inserts + negative_inserts;
      if (rows > MOST_ROWS) {
        throw new ApiError(400, 'INVALID_REQUEST', `At most ${MOST_ROWS} rows can be inserted at once, not ${rows}.`);
      }
      const inserted = (count: number) => services.metrics.inserted.inc({ by: 'insert-data' }, count);
      await insertMadeUpOrders(services.pool, { count: positive_inserts, securityCheck: true }, inserted);
      await insertMadeUpOrders(services.pool, { count: negative_inserts, securityCheck: false }, inserted);
      return reply.code(201).send({ positive_inserts, negative_inserts, rows });
    },
  );
}
