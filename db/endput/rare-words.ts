import type { Pool } from '../pool.ts';

/** A word that more of the rows have is common. */
const COMMON = 0.02;

/** What the statistics of words are of: a column, or the expression of an index. */
export interface WordStatistics {
  table: string;
  column: string;
}
const OF_DEAD_LETTERS: WordStatistics = { table: 'dead_letters', column: 'product_terms' };
export const OF_PRODUCTS: WordStatistics = { table: 'products_by_words', column: 'array_to_tsvector' };

/**
 * Those words of a search that are worth asking the index of products for; undefined where all of them are common, by the
 * statistics of the database. The index would read every row that has a common word, only to find the few that have the
 * others too.
 */
export async function rareWordsOf(
  pool: Pool,
  product: string,
  of: WordStatistics = OF_DEAD_LETTERS,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ words: string | null }>({
    name: 'rare_words_of_products',
    text: `
      with common as materialized (
        select e.word
          from pg_stats s
               cross join unnest(s.most_common_elems::text::text[]) with ordinality as e (word, n)
         where s.schemaname = current_schema() and s.tablename = $2 and s.attname = $3
           and s.most_common_elem_freqs[e.n] > ${COMMON}
      )
      select string_agg(asked.word, ' ') as words
        from unnest(product_words($1)) as asked (word)
       where not exists (select from common c where starts_with(c.word, asked.word))`,
    values: [product, of.table, of.column],
  });
  return rows[0]?.words ?? undefined;
}
