import type { Pool } from '../pool.ts';
import { OF_PRODUCTS, rareWordsOf } from './rare-words.ts';

/** A product and what was sold of it, as counted so far (`count-on.ts`). Money is decimal text. */
export interface ProductSales {
  key: string;
  product: string;
  orders: number;
  revenue: string;
  lastPrice: string;
  lastStoredAt: Date;
}

/** A place in the order best sold first. */
export interface ProductPlace {
  orders: number;
  key: string;
}

export interface FoundProducts {
  products: ProductSales[];
  /** False where more names match than are looked at. */
  complete: boolean;
}

/** Rows that are looked at one by one, best sold first; words that many products have are found among these. */
const LOOKED_AT = 500;
/** Matches that the index is asked for at most; words that few products have are found by it. */
const MATCHES = 10_000;

const COLUMNS = `p.key, p.product, s.orders::float8 as orders, s.revenue::text, s.last_price::text as "lastPrice",
                 s.last_stored_at as "lastStoredAt"`;
/** A place behind all products. */
const FIRST: ProductPlace = { orders: Number.MAX_SAFE_INTEGER, key: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** Products after a place, best sold first. */
export async function readBestSold(pool: Pool, limit: number, after: ProductPlace = FIRST): Promise<ProductSales[]> {
  const { rows } = await pool.query<ProductSales>({
    name: 'read_best_sold',
    text: `
      select ${COLUMNS} from product_sales s join products p using (key)
       where (s.orders, s.key) < ($1, $2::uuid)
       order by s.orders desc, s.key desc limit $3`,
    values: [after.orders, after.key, limit],
  });
  return rows;
}

/** The product that a key stands for, as counted so far; undefined where none has it. */
export async function readProduct(pool: Pool, key: string): Promise<ProductSales | undefined> {
  const { rows } = await pool.query<ProductSales>({
    name: 'read_product',
    text: `select ${COLUMNS} from product_sales s join products p using (key) where s.key = $1::uuid`,
    values: [key],
  });
  return rows[0];
}

/**
 * Products whose name has a word that begins with each of the words in `search`; where that has no letter and no digit,
 * those whose name begins with it. Where the best sold ones do not fill the page, the index gives its matches, up to
 * `MATCHES`. The time that it takes depends on how many names have the rarest of the words, not on how many products there
 * are; only where all words are common the index reads all names that have one (0.3 s of 2,000,000, measured).
 */
export async function findProducts(
  pool: Pool,
  search: string,
  limit: number,
  after: ProductPlace = FIRST,
): Promise<FoundProducts> {
  const { matches, value } = await matchOf(pool, search);
  // "offset 0" keeps the planner from going through all matches for each of these few rows.
  const { rows: amongBest } = await pool.query<ProductSales>(
    `with best as materialized (
       select * from product_sales s where (s.orders, s.key) < ($2, $3::uuid)
        order by s.orders desc, s.key desc limit ${LOOKED_AT}
     )
     select ${COLUMNS}
       from best s cross join lateral (select * from products where key = s.key offset 0) p
      where ${matches('p.product', '$1')}
      order by s.orders desc, s.key desc limit $4`,
    [value, after.orders, after.key, limit],
  );
  if (amongBest.length === limit) return { products: amongBest, complete: true };
  // Of the words that many names have, the index would read every name, for the few that have the others too.
  const rare = await rareWordsOf(pool, search, OF_PRODUCTS);
  const index = rare === undefined ? { matches, value } : await matchOf(pool, rare);
  const { rows } = await pool.query<{
    products: (Omit<ProductSales, 'lastStoredAt'> & { lastStoredAt: string })[];
    matched: number;
  }>(
    `with matching as materialized (
       select p.key, p.product from products p
        where ${index.matches('p.product', '$5')}
              -- Not for the index.
              and (${matches('p.product', '$1')}) is true
        limit ${MATCHES}
     ), page as (
       select ${COLUMNS}
         from matching p cross join lateral (select * from product_sales where key = p.key offset 0) s
        where (s.orders, s.key) < ($2, $3::uuid)
        order by s.orders desc, s.key desc limit $4
     )
     select (select count(*)::integer from matching) as matched, coalesce(json_agg(page), '[]') as products from page`,
    [value, after.orders, after.key, limit, index.value],
  );
  const [{ products, matched } = { products: [], matched: 0 }] = rows;
  return {
    products: products.map((product) => ({ ...product, lastStoredAt: new Date(product.lastStoredAt) })),
    complete: matched < MATCHES,
  };
}

/** A condition on a column that holds a product's name. */
export interface NameMatch {
  matches: (column: string, parameter: string) => string;
  value: string;
}

/** The condition that a search asks for, in the form in which the indexes of `products` know it. */
export async function matchOf(pool: Pool, search: string): Promise<NameMatch> {
  const { rows } = await pool.query<{ query: string | null; prefix: string }>(
    'select product_query($1)::text as query, lower(left($1, 256)) as prefix',
    [search],
  );
  const { query = null, prefix = '' } = rows[0] ?? {};
  if (query !== null) {
    return {
      matches: (column, parameter) => `array_to_tsvector(product_words(${column})) @@ ${parameter}::tsquery`,
      value: query,
    };
  }
  return {
    matches: (column, parameter) => `lower(left(${column}, 256)) like ${parameter}`,
    value: `${prefix.replaceAll(/[\\%_]/g, '\\$&')}%`,
  };
}
