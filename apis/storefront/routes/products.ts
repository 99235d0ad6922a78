import { findProducts, readBestSold } from '../../../db/endput/products.ts';
import type { Pool } from '../../../db/pool.ts';
import { errorAnswers } from '../../http/error-answers.ts';
import type { HttpServer } from '../../http/http-server.ts';
import { onEndput } from '../endput-reads.ts';
import { ProductPage, ProductQuery } from '../order-answers.ts';
import { pageOf, readProductPlace, writeProductPlace } from '../page-places.ts';
import { shownProduct } from '../shown-totals.ts';

/** `GET /v0/products`: what was sold, best sold first, by page and by search. */
export function registerProducts(app: HttpServer, { pool }: { pool: Pool }): void {
  app.get(
    '/v0/products',
    {
      schema: {
        tags: ['orders'],
        summary: 'Products, best sold first',
        description: 'Drawn from the orders that are stored; a few hundred milliseconds behind them.',
        querystring: ProductQuery,
        response: {
          200: ProductPage,
          ...errorAnswers({ 400: 'A query parameter is wrong.', 503: 'Endput is away, or took too long.' }),
        },
      },
    },
    async (request) => {
      const { search, limit } = request.query;
      const after = readProductPlace(request.query.after);
      if (search?.includes('\0')) return { products: [], next: null, complete: true };
      // One row more than asked for tells whether there is a next page.
      const { products, complete } = await onEndput(async () =>
        search === undefined
          ? { products: await readBestSold(pool, limit + 1, after), complete: true }
          : findProducts(pool, search.trim(), limit + 1, after),
      );
      const { page, next } = pageOf(products, limit, writeProductPlace);
      return { products: page.map(shownProduct), next, complete };
    },
  );
}
