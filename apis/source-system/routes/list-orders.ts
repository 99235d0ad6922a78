import Type from 'typebox';
import { readOrders } from '../../../db/source/orders.ts';
import { readSourceIdentity } from '../../../db/source/source-identity.ts';
import type { Pool } from '../../../db/pool.ts';
import type { HttpServer } from '../../http/http-server.ts';
import type { SourceDatabase } from '../source-database.ts';
import { messageIdOf } from '../order-publication.ts';
import { errorAnswers } from '../../http/error-answers.ts';

const Order = Type.Object(
  {
    id: Type.Integer(),
    product: Type.String(),
    price: Type.String({ description: 'Decimal number. A source may hold any, also NaN.' }),
    security_check: Type.Boolean(),
    created_at: Type.String({ description: 'ISO 8601, UTC, with microseconds.' }),
    message_id: Type.String({ description: 'Of its message, under which endput knows it.' }),
    published: Type.Boolean({ description: 'Whether the broker has confirmed its message, now or ever.' }),
  },
  { title: 'Order' },
);

/** `GET /v0/orders`: the rows of the source, a page at a time. */
export function registerListOrders(
  app: HttpServer,
  services: { system: string; pool: Pool; database: SourceDatabase },
): void {
  app.get(
    '/v0/orders',
    {
      schema: {
        tags: ['orders'],
        summary: 'Read the rows of the source, by id',
        description: 'For the page after this one, give `next` as `after`; it is null where no row is left.',
        querystring: Type.Object(
          {
            after: Type.Integer({
              default: Number.MIN_SAFE_INTEGER,
              minimum: Number.MIN_SAFE_INTEGER,
              maximum: Number.MAX_SAFE_INTEGER,
              description: 'Only rows with a higher id.',
            }),
            limit: Type.Integer({ default: 100, minimum: 1, maximum: 1_000, description: 'Rows of a page.' }),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object(
            { orders: Type.Array(Order), next: Type.Union([Type.Integer(), Type.Null()]) },
            {
              examples: [
                {
                  orders: [
                    {
                      id: 1,
                      product: 'Product 14437',
                      price: '274.00',
                      security_check: true,
                      created_at: '2024-01-16T17:51:41.887123Z',
                      message_id: '5e1b1a52-6f6e-5a8b-9e0c-0a3a5d3f6b1e',
                      published: true,
                    },
                  ],
                  next: null,
                },
              ],
            },
          ),
          ...errorAnswers({ 400: 'after or limit is no whole number in its range.', 503: 'The database is away.' }),
        },
      },
    },
    async (request) => {
      services.database.requirePrepared();
      const { system, pool } = services;
      const { after, limit } = request.query;
      // One row more than asked for tells whether there is a next page.
      const [rows, identity] = await Promise.all([readOrders(pool, after, limit + 1), readSourceIdentity(pool)]);
      const orders = rows
        .slice(0, limit)
        .map((row) => ({ ...row, message_id: messageIdOf(row, { system, identity }) }));
      return { orders, next: rows.length > limit ? (orders.at(-1)?.id ?? null) : null };
    },
  );
}
